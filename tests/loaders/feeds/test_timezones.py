"""Times on the clocks of places are those of the engine, which reads cells by them."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pytest

from loaders.feeds.file_names import NamePattern
from loaders.feeds.timezones import is_timezone, local_of, utc_of

ZONES = (
    *("Europe/Berlin", "America/Vancouver", "Africa/Casablanca", "America/Havana", "Australia/Lord_Howe"),
    *("Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Europe/Dublin", "Asia/Tehran", "Antarctica/Troll"),
)


@pytest.mark.parametrize("zone", ZONES)
def test_c85_names_are_read_by_the_clocks_by_which_cells_are(zone: str) -> None:
    """Every half an hour of three years, changes of the clocks among them."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            """select local, timezone($1, local) at time zone 'UTC'
            from range(timestamp '2025-01-01', timestamp '2028-01-01', interval 30 minutes) as t (local)""",
            [zone],
        ).fetchall()
    assert [local for local, utc in rows if utc_of(local, zone) != utc] == []


def test_c85_an_hour_that_comes_twice_is_the_second_and_one_that_is_left_out_is_before_the_change() -> None:
    pattern = NamePattern("{at:%Y%m%d%H%M%S}.csv", "Europe/Berlin")
    for name, utc in (
        ("20261025023000", (10, 25, 1, 30)),
        ("20260329023000", (3, 29, 1, 30)),
        ("20260701000000", (6, 30, 22)),
    ):
        captured = pattern.match(f"{name}.csv")
        assert captured
        assert captured.sent_at == datetime(2026, *utc)


def test_c84_times_at_the_ends_of_the_calendar_are_none_or_right() -> None:
    with pytest.raises(OverflowError):
        utc_of(datetime(1, 1, 1), "Asia/Tokyo")
    with pytest.raises(OverflowError):
        utc_of(datetime(9999, 12, 31, 23), "America/New_York")
    assert utc_of(datetime(9999, 12, 31, 23), "Asia/Tokyo") == datetime(9999, 12, 31, 14)


def test_c85_there_and_back() -> None:
    for zone in ZONES:
        moment = datetime(2026, 1, 1)
        while moment < datetime(2027, 1, 1):
            local = local_of(moment, zone)
            assert utc_of(local, zone) - moment in (
                timedelta(0),
                timedelta(hours=1),
                timedelta(minutes=30),
                timedelta(hours=2),
            )
            moment += timedelta(hours=37)
    assert is_timezone("UTC")
    assert not is_timezone("Europe/Nowhere")
