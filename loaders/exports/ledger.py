"""The ledger of exports: what was prepared, held and delivered, and what each partner has of each contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

COUNTS = (
    "member_count", "row_count", "new_count", "changed_count", "returned_count", "unchanged_count", "left_count",
    "filtered_count", "left_out_count", "over_threshold_count", "guarded_count",
)  # fmt: skip


@dataclass
class Counts:
    """What became of the members: each is counted in one of new, changed, returned, unchanged, filtered, left out or
    over the threshold; with `all: true` unchanged ones are written too. `left`: those who are members no longer."""

    member_count: int = 0
    row_count: int = 0
    new_count: int = 0
    changed_count: int = 0
    returned_count: int = 0
    unchanged_count: int = 0
    left_count: int = 0
    filtered_count: int = 0
    left_out_count: int = 0
    over_threshold_count: int = 0
    guarded_count: int = 0
    silently_returned_count: int = 0
    """Of the unchanged, those who came back (`on_return: if_changed`); not in the ledger."""

    def values(self) -> list[int]:
        """In the order of COUNTS."""
        return [getattr(self, name) for name in COUNTS]


@dataclass(frozen=True)
class PreparedFile:
    """A file that lies in the outbox, whole."""

    position: int
    connection: str
    directory: str
    name: str
    replaces: bool
    """Whether it takes the place of the one before it."""
    row_count: int
    size_bytes: int
    sha256: str
    state: str = "prepared"


@dataclass(frozen=True)
class ExportRun:
    """A run that is not at its end."""

    run_id: int
    export: str
    moment: datetime
    files: tuple[PreparedFile, ...]


def next_run_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the next run."""
    return int(connection.execute("select coalesce(max(run_id), 0) + 1 from exported.runs").fetchall()[0][0])


def unfinished(connection: duckdb.DuckDBPyConnection, export: str) -> ExportRun | None:
    """The run of this export that was prepared and not delivered whole."""
    runs = connection.execute(
        "select run_id, moment from exported.runs where export = ? and state = 'prepared'", [export]
    ).fetchall()
    if not runs:
        return None
    ((run_id, moment),) = runs
    files = connection.execute(
        """select file_number, connection, directory, name, replaces, row_count, size_bytes, sha256, state
        from exported.files where run_id = ? order by file_number""",
        [run_id],
    ).fetchall()
    return ExportRun(run_id, export, moment, tuple(PreparedFile(*row) for row in files))


def last_delivered(connection: duckdb.DuckDBPyConnection, export: str) -> tuple[datetime, int] | None:
    """The moment and number of members of the last run of this export that was delivered."""
    found = connection.execute(
        """select moment, member_count from exported.runs
        where export = ? and state = 'delivered' order by run_id desc limit 1""",
        [export],
    ).fetchall()
    return (found[0][0], int(found[0][1])) if found else None


def last_moment(connection: duckdb.DuckDBPyConnection, export: str) -> datetime | None:
    """The moment of the last run of this export that had files."""
    found = "select max(moment) from exported.runs semi join exported.files using (run_id) where export = ?"
    moment: datetime | None = connection.execute(found, [export]).fetchall()[0][0]
    return moment


def insert_run(connection: duckdb.DuckDBPyConnection, **values: Any) -> None:
    """Write down a run; within the caller's transaction."""
    columns = ", ".join(values)
    places = ", ".join("?" for _ in values)
    connection.execute(f"insert into exported.runs ({columns}) values ({places})", list(values.values()))


def insert_file(connection: duckdb.DuckDBPyConnection, run_id: int, file: PreparedFile) -> None:
    """Write down a file of a run that is prepared; within the caller's transaction."""
    connection.execute(
        "insert into exported.files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            run_id, file.position, file.connection, file.directory, file.name, file.replaces, file.state,
            file.row_count, file.size_bytes, file.sha256,
        ],
    )  # fmt: skip


def note_file(
    connection: duckdb.DuckDBPyConnection, run_id: int, position: int, state: str, at: datetime | None
) -> None:
    """Write down how far a file is: `uploaded` under its temporary name, or `delivered`."""
    connection.execute(
        "update exported.files set state = ?, delivered_at = ? where run_id = ? and file_number = ?",
        [state, at, run_id, position],
    )


def discard(connection: duckdb.DuckDBPyConnection, run_id: int) -> None:
    """Give up a prepared run: what was sent of it is sent, and nothing is noted as delivered."""
    connection.begin()
    connection.execute("update exported.runs set state = 'discarded' where run_id = ?", [run_id])
    for table in ("rows", "events"):
        connection.execute(f"delete from exported.prepared_{table} where run_id = ?", [run_id])
    connection.commit()


def note_delivered(connection: duckdb.DuckDBPyConnection, run_id: int, at: datetime) -> None:
    """All files of a run are delivered: in one transaction, what the partner has now, and who was touched."""
    connection.begin()
    export = "(select export from exported.runs where run_id = $run_id)"
    connection.execute(
        f"""delete from exported.rows where export = {export} and contact_id in (
            select contact_id from exported.prepared_rows where run_id = $run_id
        )""",
        {"run_id": run_id},
    )
    connection.execute(
        f"""insert into exported.rows
        select {export}, contact_id, row_hash, is_member, line, run_id
        from exported.prepared_rows where run_id = $run_id""",
        {"run_id": run_id},
    )
    connection.execute(
        """insert into exported.touches
        select runs.touches, told.contact_id, runs.run_id, runs.moment
        from exported.runs as runs inner join exported.prepared_rows as told using (run_id)
        where runs.run_id = $run_id and runs.touches is not null and told.is_member and told.is_sent""",
        {"run_id": run_id},
    )
    connection.execute(
        f"""insert into exported.events
        select {export}, event_type, event_id, run_id from exported.prepared_events where run_id = $run_id""",
        {"run_id": run_id},
    )
    for table in ("rows", "events"):
        connection.execute(f"delete from exported.prepared_{table} where run_id = $run_id", {"run_id": run_id})
    connection.execute(
        "update exported.runs set state = 'delivered', delivered_at = $at where run_id = $run_id",
        {"run_id": run_id, "at": at},
    )
    connection.commit()
