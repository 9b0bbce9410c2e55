"""The demo: samples/ on an embedded SFTP server, and `muster` on them."""
