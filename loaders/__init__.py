"""The loader: from a partner's server to the landing tables, and the `muster` command."""
