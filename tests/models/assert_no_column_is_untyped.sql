-- `select null as x` makes a column of type "NULL", into which nothing can ever be inserted.
-- depends_on: {{ ref('import_jobs') }}
select
    database_name,
    schema_name,
    table_name,
    column_name,
    data_type
from duckdb_columns()
where
    not internal
    and regexp_matches(data_type, '(^|[^A-Za-z_])"?NULL"?([^A-Za-z_]|$)')
