"""Out again: exports, which are dbt exposures, from a model's rows to a file on a partner's server (B16-B18)."""
