"""A lost or damaged database: made again from the archive, and looked for before anybody misses it."""
