"""SFTP servers on 127.0.0.1, as context managers, for the demo, the benchmarks and the tests."""
