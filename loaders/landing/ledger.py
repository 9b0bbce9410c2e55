"""The ledger: what was seen under which path, how it was picked up, and the number of the next log entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from loaders.database import utc_now
from loaders.errors import MusterError
from loaders.feeds.import_request import ImportRequest
from loaders.landing.arrival import Arrival
from loaders.transport.interface import RemoteFile


@dataclass(frozen=True)
class Landed:
    """The ledger's word on one file."""

    file_id: int
    feed: str
    path: str
    line_count: int
    row_count: int
    unreadable_count: int
    duplicate_of: int | None
    refusal_code: str | None
    refusal_detail: str | None
    advice: str | None = None
    """Which settings would take the lines that could not be read, where these are more than the others."""


@dataclass(frozen=True)
class Version:
    """What was last seen under a path."""

    file_id: int
    size: int
    modified_at: datetime
    was_refused: bool
    was_renamed: bool
    """Whether Muster gave it the done suffix, or died while it did: what has its name now may be another file."""

    def is_still(self, file: RemoteFile) -> bool:
        """Whether a listed file is this version, by its size and time."""
        return not self.was_renamed and (self.size, self.modified_at) == (file.size, file.modified_at)


def last_versions(connection: duckdb.DuckDBPyConnection, feeds: Sequence[str]) -> dict[tuple[str, str], Version]:
    """What was last seen under each (feed, path)."""
    rows = connection.execute(
        """select feed, path, max(file_id), arg_max(size_bytes, file_id), arg_max(modified_at, file_id),
            arg_max(refusal_code is not null, file_id),
            max(file_id) in (select file_id from landing.renames where error is null)
        from landing.files where list_contains(?, feed) group by feed, path""",
        [list(feeds)],
    ).fetchall()
    return {(feed, path): Version(*version) for feed, path, *version in rows}


def note_rename(connection: duckdb.DuckDBPyConnection, file_id: int) -> None:
    """Write down that a landed file is about to get another name on its server."""
    connection.execute("delete from landing.renames where file_id = ?", [file_id])  # tries that failed
    connection.execute("insert into landing.renames values (?, ?, null, null)", [file_id, utc_now()])


def note_renamed(connection: duckdb.DuckDBPyConnection, file_id: int, error: MusterError | None) -> None:
    """Write down that it has it, or why not."""
    connection.execute(
        "update landing.renames set ended_at = ?, error = ? where file_id = ? and ended_at is null",
        [utc_now(), str(error) if error else None, file_id],
    )


def repeated_version(connection: duckdb.DuckDBPyConnection, arrival: Arrival, sha256: str) -> int | None:
    """The file_id of the last version of this path, if it has the same bytes (X4); by hand, all else the same too."""
    rows = connection.execute(
        """select sha256, file_id, sent_at, tenant_id, segment_name from landing.files where file_id = (
            select coalesce(duplicate_of, file_id) from landing.files
            where feed = ? and path = ? order by file_id desc limit 1
        )""",
        [arrival.feed.name, arrival.path],
    ).fetchall()
    if not rows or rows[0][0] != sha256:
        return None
    file_id = int(rows[0][1])
    if not arrival.is_by_hand:
        return file_id
    is_same = rows[0][3:] == (arrival.tenant_id, arrival.segment_name)
    if arrival.is_dated_by_hand:
        is_same = is_same and rows[0][2] == arrival.sent_at
    return file_id if is_same and was_requested(connection, file_id, arrival.request) else None


def version_counts(connection: duckdb.DuckDBPyConnection, delivery: str) -> dict[str, int]:
    """How many versions of a fixed name each feed has, of those that pair version with version (B10)."""
    rows = connection.execute(
        """select feed, count(*) from landing.files
        where starts_with(delivery, $1 || ' #') and duplicate_of is null group by feed""",
        [delivery],
    ).fetchall()
    return dict(rows)


def next_log_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The next number of the log that files and decisions share."""
    rows = connection.execute(
        """select greatest((select coalesce(max(file_id), 0) from landing.files),
        (select coalesce(max(log_id), 0) from landing.decisions)) + 1"""
    ).fetchall()
    return int(rows[0][0])


def enter_request(connection: duckdb.DuckDBPyConnection, file_id: int, request: ImportRequest) -> None:
    """Write down what the import of this file is to do: it belongs to the log as the file does."""
    values = [file_id, *request.row().values()]
    connection.execute(f"insert into landing.import_requests values ({', '.join('?' * len(values))})", values)


def was_requested(connection: duckdb.DuckDBPyConnection, file_id: int, request: ImportRequest | None) -> bool:
    """Whether this file was imported with the same parameters; a file of no import had none."""
    cursor = connection.execute("select * exclude (file_id) from landing.import_requests where file_id = ?", [file_id])
    names = [column[0] for column in cursor.description or []]
    before = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return before == ([request.row()] if request else [])


def note_unrecognised(connection: duckdb.DuckDBPyConnection, remote: str, found: Sequence[tuple[str, str]]) -> bool:
    """Write down once that no feed takes files of a connection (path and reason); whether one of them is new."""
    if not found:
        return False
    paths, reasons = zip(*found, strict=True)
    ((count,),) = connection.execute(
        """insert into landing.unrecognised_files
        select $1, path, reason, $4
        from (select unnest($2::varchar[]) as path, unnest($3::varchar[]) as reason) as found
        where (path, reason) not in (select (path, reason) from landing.unrecognised_files where connection = $1)""",
        [remote, list(paths), list(reasons), utc_now()],
    ).fetchall()
    return bool(count)


def last_pickups(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[datetime, datetime | None]]:
    """When each feed was last looked for without an error, and when last something was found."""
    rows = connection.execute(
        """select feed, max(started_at), max(started_at) filter (where landed_count > 0)
        from landing.pickups where error is null group by feed"""
    ).fetchall()
    return {feed: (looked, found) for feed, looked, found in rows}


def note_pickup(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    started_at: datetime,
    landed_count: int,
    error: MusterError | None,
) -> None:
    """Write down that a feed was picked up just now, and what stood in the way."""
    connection.execute(
        "insert into landing.pickups values (?, ?, ?, ?, ?)",
        [feed, started_at, utc_now(), landed_count, str(error) if error else None],
    )
