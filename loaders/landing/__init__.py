"""A run of the loader: find the new files of the feeds, fetch them in order, land each in one transaction, archive its
bytes and tell the server; close the deliveries whose parts have stopped coming; the same for files that are imported by
hand, and the error file of what was landed."""
