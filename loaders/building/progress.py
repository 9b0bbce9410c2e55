"""How far the log is decided."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from loaders.config.settings import Settings
from loaders.database import has_table, open_database
from loaders.landing.ledger import next_log_id


@dataclass(frozen=True)
class Progress:
    """Where the log stands."""

    decided: int
    """The last log entry that a build has decided; 0 before the first."""
    pending_entries: int
    pending_lines: int
    is_built: bool
    """Whether all marts are there."""


NOTHING = Progress(0, 0, 0, is_built=False)


def progress_of(connection: duckdb.DuckDBPyConnection) -> Progress:
    """Where the log of this database stands."""
    decided = 0
    is_built = has_table(connection, "marts", "log_progress")
    if is_built:
        ((decided,),) = connection.execute("select coalesce(max(decided_log_id), 0) from marts.log_progress").fetchall()
    ((lines,),) = connection.execute(
        "select coalesce(sum(line_count), 0) from landing.files where file_id > ?", [decided]
    ).fetchall()
    return Progress(int(decided), next_log_id(connection) - 1 - int(decided), int(lines), is_built)


def progress(settings: Settings) -> Progress:
    """The same of the installation's database, which need not be there."""
    if not settings.database.exists():
        return NOTHING
    with open_database(settings.database, read_only=True) as connection:
        return progress_of(connection)


def has_pending(settings: Settings) -> bool:
    """Whether the log has entries that no build has decided yet, or nothing was ever built."""
    if not settings.database.exists():
        return False
    now = progress(settings)
    return now.pending_entries > 0 or not now.is_built
