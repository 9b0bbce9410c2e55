"""Moments on the clocks of places, by the timezones that the engine knows: cells are read by those (C85, C88).

Python would go by those of the machine, which may be older, or missing. An hour that comes twice, as the clocks go
back, is the second one; a time that is left out, as they go forward, is on the clocks as they were before.
"""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import duckdb

_DAY = timedelta(days=1)
_OFFSET = "cast(epoch({0}) - epoch(timezone($1, {0}) at time zone 'UTC') as bigint)"
_lock = threading.Lock()


@cache
def is_timezone(zone: str) -> bool:
    """Whether this is a place whose clocks are known, or UTC."""
    return zone == "UTC" or bool(_ask("select 1 from pg_timezone_names() where name = ?", zone))


def utc_of(local: datetime, zone: str) -> datetime:
    """The naive UTC of a naive time on the clocks of `zone`. Raises `OverflowError` outside of the years 1 to 9999."""
    if zone == "UTC":
        return local
    offset = _offset_all_day(zone, local.date())
    if offset is None:
        offset = timedelta(seconds=_ask(f"select {_OFFSET.format('$2::timestamp')}", zone, local)[0][0])
    return local - offset


def local_of(moment: datetime, zone: str) -> datetime:
    """The naive time on the clocks of `zone` at a naive UTC."""
    ((local,),) = _ask("select timezone($1, $2::timestamp at time zone 'UTC')", zone, moment)
    return datetime.fromisoformat(str(local))


@lru_cache(10_000)
def _offset_all_day(zone: str, day: date) -> timedelta | None:
    """How far ahead of UTC the clocks are, if they are not changed on this day or beside it."""
    begin = datetime.combine(day, datetime.min.time())
    if not datetime.min + _DAY <= begin <= datetime.max - 2 * _DAY:
        return None
    times = "range($2::timestamp, $2::timestamp + interval 25 hours, interval 15 minutes) as t (clock)"
    rows = _ask(f"select distinct {_OFFSET.format('clock')} from {times}", zone, begin)
    return timedelta(seconds=rows[0][0]) if len(rows) == 1 else None


def _ask(sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    with _lock:
        return _engine().execute(sql, parameters).fetchall()


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": False})
