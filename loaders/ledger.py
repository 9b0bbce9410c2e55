"""The ledger `landing.files`: what was seen under which path, and the number of the next log entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from loaders.feeds import Feed
from loaders.imports import ImportRequest, was_requested


@dataclass(frozen=True)
class Arrival:
    """A file found on a server, with what its name says; not landed yet."""

    feed: Feed
    path: str
    """Directory and name on the connection."""
    role: str
    """`data`, or `marker` (an empty file that completes a delivery)."""
    size_bytes: int
    modified_at: datetime
    name_parts: dict[str, str]
    tenant_id: str
    segment_name: str | None
    """The segment that the file's name or the import names; None if the rows do."""
    sent_at: datetime
    wrong_date: bool = False
    request: ImportRequest | None = None
    """What an import is to do (O11); None for other feeds."""
    is_by_hand: bool = False
    """By `muster import`: then tenant, segment and request were said with the file, and belong to what it is."""
    is_dated_by_hand: bool = False
    """With `--sent-at`, which then belongs to what it is as well."""


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


def last_versions(
    connection: duckdb.DuckDBPyConnection, feeds: Sequence[str]
) -> dict[tuple[str, str], tuple[int, datetime]]:
    """Size and modification time of what was last seen under each (feed, path)."""
    rows = connection.execute(
        """select feed, path, arg_max(size_bytes, file_id), arg_max(modified_at, file_id) from landing.files
        where list_contains(?, feed) group by feed, path""",
        [list(feeds)],
    ).fetchall()
    return {(feed, path): (size, modified_at) for feed, path, size, modified_at in rows}


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


def next_log_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The next number of the log that files and decisions share."""
    rows = connection.execute(
        """select greatest((select coalesce(max(file_id), 0) from landing.files),
        (select coalesce(max(log_id), 0) from landing.decisions)) + 1"""
    ).fetchall()
    return int(rows[0][0])
