"""Files that wait because one before them was refused, where the order of files matters (C111)."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable, Mapping

import duckdb

from loaders.archive.journal import Journal
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.landing.arrival import Arrival
from loaders.landing.ledger import next_log_id
from loaders.landing.report import LandingReport
from loaders.landing.workplace import open_for_landing
from loaders.publishing import note_change

_REFUSED = "select * from landing.open_refusals where feed = $feed and tenant_id = $tenant"
_HELD_BACK = f"""
    select files.file_id, files.path, files.delivery
    from landing.files as files
    where files.feed = $feed and files.tenant_id = $tenant and files.waits_for is not null
        and files.delivery not in (select delivery from landing.decisions where kind = 'close' and feed = $feed)
        and not exists (
            from ({_REFUSED}) as refused where (refused.sent_at, refused.file_id) < (files.sent_at, files.file_id)
        )
    order by files.sent_at, files.file_id
"""
"""Those that have waited, and need not any more."""


def first_refused(connection: duckdb.DuckDBPyConnection, arrival: Arrival, file_id: int) -> int | None:
    """The file for which this one, of the number `file_id`, has to wait: refused, and before it by its time."""
    if not arrival.feed.waits_after_refused or arrival.role != "data":
        return None
    rows = connection.execute(
        f"select file_id from ({_REFUSED}) where path <> $path and (sent_at, file_id) < ($sent_at, $id) order by all",
        {
            "feed": arrival.feed.name, "tenant": arrival.tenant_id, "path": arrival.path, "sent_at": arrival.sent_at,
            "id": file_id,
        },
    ).fetchmany(1)  # fmt: skip
    return int(rows[0][0]) if rows else None


def name_alone(path: str, file_id: int) -> str:
    """The name of the delivery that is one file."""
    return f"{path} #{file_id}"


def release(connection: duckdb.DuckDBPyConnection, feed: str, tenant: str) -> list[str]:
    """Write into the log that files which have waited, and need not any more, count from here on; their paths."""
    found = connection.execute(_HELD_BACK, {"feed": feed, "tenant": tenant}).fetchall()
    for _, path, delivery in found:
        _close(connection, feed, delivery, f"nothing before {path} is refused any more")
    return [path for _, path, _ in found]


def release_where_nothing_waits(
    connection: duckdb.DuckDBPyConnection, feeds: Iterable[Feed], before_it: Callable[[], None]
) -> list[str]:
    """Release what has waited in feeds that were told since to go on; `before_it` is called before the first."""
    names = [feed.name for feed in feeds if not feed.waits_after_refused]
    closes = "select (feed, delivery) from landing.decisions where kind = 'close'"
    found = connection.execute(
        f"""select file_id, feed, path, delivery from landing.files
        where waits_for is not null and list_contains(?, feed) and (feed, delivery) not in ({closes})
        order by sent_at, file_id""",
        [names],
    ).fetchall()
    for _, feed, path, delivery in found:
        before_it()
        _close(connection, feed, delivery, f"the feed goes on: {path}")
    return [path for _, _, path, _ in found]


def hold_back(connection: duckdb.DuckDBPyConnection, feed: Feed, refused: int) -> list[int]:
    """Have the later files of its feed and tenant wait for one that is refused after all; none of them is built yet."""
    if not feed.waits_after_refused:
        return []
    rows = connection.execute(
        """update landing.files as files set waits_for = refused.file_id, delivery = files.path || ' #' || files.file_id
        from landing.files as refused
        where refused.file_id = ? and files.feed = refused.feed and files.tenant_id = refused.tenant_id
            and files.role = 'data' and files.duplicate_of is null and files.refusal_code is null
            and files.waits_for is null and files.path <> refused.path and files.file_id > refused.file_id
            and (files.sent_at, files.file_id) > (refused.sent_at, refused.file_id)
        returning files.file_id""",
        [refused],
    ).fetchall()
    return [file_id for (file_id,) in rows]


def discard(settings: Settings, file_id: int, why: str) -> LandingReport:
    """Write into the log that a refused file is not waited for any more: those behind it count from here on.

    Raises `ConfigurationError` if it is no file that others would wait for.
    """
    feeds = load_feeds(settings.root)
    with open_for_landing(settings, feeds) as store:
        connection = store.database
        feed, tenant, path = _to_discard(connection, {feed.name: feed for feed in feeds}, file_id)
        note_change(settings)
        connection.begin()
        connection.execute(
            "insert into landing.decisions values (?, 'discard', ?, ?, ?, ?, ?)",
            [next_log_id(connection), feed, name_alone(path, file_id), getpass.getuser(), why, utc_now()],
        )
        released = release(connection, feed, tenant)
        connection.commit()
        Journal(settings.archive).catch_up(connection)
        return LandingReport(closed=released)


def _close(connection: duckdb.DuckDBPyConnection, feed: str, delivery: str, reason: str) -> None:
    connection.execute(
        "insert into landing.decisions values (?, 'close', ?, ?, 'muster', ?, ?)",
        [next_log_id(connection), feed, delivery, reason, utc_now()],
    )


def _to_discard(connection: duckdb.DuckDBPyConnection, feeds: Mapping[str, Feed], file_id: int) -> tuple[str, str, str]:
    rows = connection.execute("select feed, tenant_id, path from landing.files where file_id = ?", [file_id]).fetchall()
    if not rows:
        raise ConfigurationError(f"there is no file {file_id}: `muster files` has the numbers")
    feed, tenant, path = rows[0]
    if feed not in feeds or not feeds[feed].waits_after_refused:
        raise ConfigurationError(
            f"file {file_id} ({path}) is of feed {feed}, of which no file waits for another (`after_refused`)"
        )
    found = connection.execute("select 1 from landing.open_refusals where file_id = ?", [file_id]).fetchall()
    if not found:
        raise ConfigurationError(
            f"file {file_id} ({path}) is not waited for: it was not refused, was sent again since, or is discarded"
        )
    return feed, tenant, path
