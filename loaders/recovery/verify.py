"""`muster verify`: whether database, archive and marts are what they should be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from loaders.archive.contents import archived
from loaders.archive.journal import Journal
from loaders.config.settings import Settings
from loaders.database import one_writer, open_database, quoted
from loaders.errors import DamagedError, NotBuiltError
from loaders.installation import open_to_verify
from loaders.recovery.rebuild import build_anew

_TABLES = """
select schema_name, table_name from duckdb_tables()
where database_name = current_database() and not internal order by schema_name, table_name
"""
_OWN: dict[str, set[str]] = {
    "landing": {"pickups", "unrecognised_files", "renames", "built_by"},
    "exported": {"runs", "files"},
    "marts": set(),
}
"""What runs note for themselves: no part of the log, nor of what partners have."""


def verify(settings: Settings, *, quick: bool = False) -> Iterator[str]:
    """What is damaged, one sentence each: nothing if all is well.

    Every table is read whole, the ledger compared with the journal of the archive, the bytes of every file with their
    hash; and, unless `quick`, all tables with those of a database that is made anew from the archive, which takes the
    time of `muster rebuild`. Nothing is changed. Raises `LockedError` if a run is at work, `NotBuiltError`.
    """
    with one_writer(settings.home):
        try:
            with open_to_verify(settings) as connection:
                unreadable = list(_unreadable(connection))
                yield from unreadable
                yield from _journal_faults(settings, connection)
                damaged = list(_damaged_files(settings, connection))
                yield from damaged
        except DamagedError as error:
            yield str(error)
            return
        if not (quick or unreadable or damaged):
            yield from _differences(settings)


def _unreadable(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tables that cannot be read from end to end."""
    for schema, table in connection.execute(_TABLES).fetchall():
        try:
            connection.execute(f"select bit_xor(hash(rows)) from {quoted(schema)}.{quoted(table)} as rows").fetchall()
        except duckdb.Error as error:
            yield f"the table {schema}.{table} cannot be read: {error}: `muster rebuild` makes it anew"


def _journal_faults(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Entries of the log that are not the same in ledger and journal."""
    journal = Journal(settings.archive)
    noted = {entry.log_id: entry for entry in journal.entries() if entry.log_id is not None}
    known = {entry.log_id: entry for entry in Journal.of(connection) if entry.log_id is not None}
    for log_id in sorted({*noted, *known}):
        in_journal, in_ledger = noted.get(log_id), known.get(log_id)
        if in_journal is None and in_ledger:
            yield f"entry {log_id} of the log ({in_ledger.name}) is not in {journal.path}"
        elif in_ledger is None and in_journal:
            yield f"entry {log_id} of the log ({in_journal.name}) is in {journal.path}, and not in the database"
        elif in_journal != in_ledger:
            yield f"entry {log_id} of the log is not the same in {journal.path} and in the database"


def _damaged_files(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    rows = connection.execute("select sha256, min(path) from landing.files group by sha256 order by min(file_id)")
    for sha256, path in rows.fetchall():
        try:
            archived(settings, sha256, path)
        except DamagedError as error:
            yield str(error)


def _differences(settings: Settings) -> Iterator[str]:
    """Tables that are not as a database made anew has them."""
    work = settings.home / "verify"
    shutil.rmtree(work, ignore_errors=True)
    try:
        anew = work / settings.database.name
        yield from build_anew(settings, anew, home=work).notes
        yield from _unlike(settings.database, anew)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unlike(database: Path, anew: Path) -> Iterator[str]:
    with open_database(database, read_only=True) as connection:
        found = dict(sums(connection))
    with open_database(anew, read_only=True) as connection:
        expected = dict(sums(connection))
    if not any(name.startswith("marts.") for name in found):
        raise NotBuiltError(f"{database}: nothing has been built yet; `muster build` does it")
    for name, (count, digest) in expected.items():
        if name not in found:
            yield f"the table {name} is missing"
        elif found[name] != (count, digest):
            yield f"the table {name} is not what the log makes of it: {found[name][0]} rows, and {count} made anew"


def sums(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, tuple[int, int]]]:
    """The number of rows of each table and a sum over them, in which neither their order nor that of columns counts."""
    for schema, table in connection.execute(_TABLES).fetchall():
        if schema not in _OWN or table in _OWN[schema]:
            continue
        names = connection.execute(
            """select column_name from duckdb_columns() where schema_name = ? and table_name = ?
            and database_name = current_database() order by column_name""",
            [schema, table],
        ).fetchall()
        columns = ", ".join(quoted(name) for (name,) in names)
        ((count, digest),) = connection.execute(
            f"select count(*), coalesce(sum(cast(hash({columns}) as hugeint)), 0) from {quoted(schema)}.{quoted(table)}"
        ).fetchall()
        yield f"{schema}.{table}", (int(count), int(digest))
