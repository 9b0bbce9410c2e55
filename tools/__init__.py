"""What draws pictures and tables of the project itself."""
