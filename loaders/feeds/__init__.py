"""What a project declares about the files of partners, in the `config.meta` of dbt's source tables: a feed with its
columns, the pattern of its file names, its schedule, the parameters of its imports, and whether it is switched on; and
the check of the merge rules. Nothing here looks at a partner's file or at the database."""
