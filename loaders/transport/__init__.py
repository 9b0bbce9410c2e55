"""How files are fetched: local folders and SFTP behind one interface (remote.py)."""
