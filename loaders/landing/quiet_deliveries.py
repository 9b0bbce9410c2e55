"""The loader's own decisions: a delivery whose parts have stopped coming is closed (A8, `quiet`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import duckdb

from loaders.database import utc_now
from loaders.feeds.feed import Feed
from loaders.landing.ledger import next_log_id


def quiet_deliveries(connection: duckdb.DuckDBPyConnection, feeds: Iterable[Feed]) -> Iterator[tuple[Feed, str]]:
    """The deliveries with new parts, none of them younger than the feed's quiet period, each with its feed."""
    now = utc_now()
    for feed in feeds:
        if feed.quiet is None:
            continue
        waiting = connection.execute(
            """select delivery from landing.files as parts
            where feed = ? and part_number is not null and duplicate_of is null and file_id > (
                select coalesce(max(log_id), 0) from landing.decisions as closes
                where closes.kind = 'close' and closes.feed = parts.feed and closes.delivery = parts.delivery
            )
            group by delivery having max(landed_at) <= ? order by min(file_id)""",
            [feed.name, now - feed.quiet],
        ).fetchall()
        for (delivery,) in waiting:
            yield feed, delivery


def close_quiet(
    connection: duckdb.DuckDBPyConnection, feeds: Iterable[Feed], before_it: Callable[[], None]
) -> list[str]:
    """Write a `close` decision for every delivery that is quiet; `feeds`: those whose files were just listed.

    `before_it` is called before the first, if there is any. The clock is read here, once, and the decision is data in
    the log: a rebuild does not ask the time again.
    Returns the deliveries closed.
    """
    closed: list[str] = []
    for feed, delivery in list(quiet_deliveries(connection, feeds)):
        before_it()
        reason = f"no new part for {feed.quiet}"
        connection.execute(
            "insert into landing.decisions values (?, 'close', ?, ?, 'muster', ?, ?)",
            [next_log_id(connection), feed.name, delivery, reason, utc_now()],
        )
        closed.append(delivery)
    return closed
