"""Law 3: random histories, answered by Muster and by an independent interpreter, equally."""
