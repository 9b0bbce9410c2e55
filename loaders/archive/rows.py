"""A row that was kept as JSON, in its table again."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from loaders.database import quoted
from loaders.errors import DamagedError


def insert_row(connection: duckdb.DuckDBPyConnection, schema: str, table: str, row: dict[str, Any]) -> None:
    """Insert a row by the names of its columns. Raises `DamagedError` for a column that the table has not."""
    columns = connection.execute(
        """select column_name, data_type from duckdb_columns()
        where schema_name = ? and table_name = ? and database_name = current_database()""",
        [schema, table],
    ).fetchall()
    if unknown := set(row) - {name for name, _ in columns}:
        raise DamagedError(f"the archive has {', '.join(sorted(unknown))} of {table}, which this version has not")
    fields = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
    connection.execute(
        f"insert into {schema}.{table} by name select unnest(cast(cast(? as json) as struct({fields})))",
        [json.dumps(row)],
    )
