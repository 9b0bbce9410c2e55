"""How files are fetched: local folders and SFTP servers behind one interface, by the same rules for names, each file
whole or not at all. SSH and SFTP are our own, on paramiko (docs/decisions/0020)."""
