"""From a sample file of a new partner to a feed, its staging model and their tests: what the sample says, what its
columns are, the text of the files, and writing all of them or none."""
