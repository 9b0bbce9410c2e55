"""How files are read: decompressed, checked and cut into records of text exactly as sent (parse.py)."""
