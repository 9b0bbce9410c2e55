"""The archive: the bytes of every landed file, and a journal of the log, from which a lost database is made again."""
