"""The command `muster`, and all that knows click: one module per group of commands, how results are printed, and the
options that several commands share. Nothing imports this room; it imports all others."""
