"""Contact properties that are declared, or no longer declared, since the database was built (field case C30).

Stored properties are a struct: a field per property that dbt_project.yml declares, and a map with all others. When the
declaration changes, so does the struct: each value moves between the map and its field, and stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from loaders.database import has_table, quoted


def ensure_properties(connection: duckdb.DuckDBPyConnection, declared: Sequence[str]) -> None:
    """Give the stored versions of contacts the fields that are declared (by the SQL functions, which are there)."""
    stored = _stored_fields(connection)
    if stored is None or stored == [*declared, "other"]:
        return
    old = [name for name in stored if name != "other"]
    fields = ", ".join(
        f"{quoted(name)} := " + (f"properties.{quoted(name)}" if name in old else f"properties.other[{_text(name)}]")
        for name in declared
    )
    gone = ", ".join(
        f"struct_pack(key := {_text(name)}, value := properties.{quoted(name)})" for name in old if name not in declared
    )
    entries = "coalesce(map_entries(properties.other), [])" + (f" || [{gone}]" if gone else "")
    now = ", ".join(map(_text, ["", *declared]))
    types = ", ".join(f"{quoted(name)} varchar" for name in declared)
    connection.execute(f"""
        alter table marts.contact_versions alter column properties
        type struct({types}, other map(varchar, varchar))
        using struct_pack(
            {fields},
            other := map_of(list_filter({entries}, lambda entry: entry.key not in ({now})))
        )
    """)


def _stored_fields(connection: duckdb.DuckDBPyConnection) -> list[str] | None:
    """The fields of the struct as it is stored; None before the first build."""
    if not has_table(connection, "marts", "contact_versions"):
        return None
    column = (connection.execute("select properties from marts.contact_versions limit 0").description or [])[0]
    return [name for name, _ in column[1].children]


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
