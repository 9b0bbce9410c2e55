"""Schedules: the moments they name, against clocks that are watched minute by minute."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.feeds.schedule import WEEKDAYS, ScheduleConfig

MINUTE = timedelta(minutes=1)
HOURS = {0, 1, 2, 3, 6, 12, 23}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Where clocks change: by an hour, by half of one, at midnight, over midnight, by a whole day, and not at all.
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/St_Johns", "2010-11-07"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Kolkata", "2024-02-29"),
    ("UTC", "2025-02-28"),
]

CLOCK_TIMES = st.builds(lambda h, m: f"{h:02}:{m:02}", st.sampled_from(sorted(HOURS)), st.sampled_from([0, 1, 30, 59]))
DAYS = st.one_of(
    st.just({}),
    st.builds(lambda x: {"weekdays": x}, st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True)),
    st.builds(
        lambda x: {"days_of_month": x},
        st.lists(st.integers(1, 31) | st.just("last"), min_size=1, max_size=6, unique=True),
    ),
    st.builds(
        lambda nth, weekday: {"weekday_of_month": f"{nth} {weekday}"},
        st.sampled_from(["first", "second", "third", "fourth", "last"]),
        st.sampled_from(WEEKDAYS),
    ),
)
SCHEDULES = st.builds(lambda at, days: {"at": at, **days}, st.lists(CLOCK_TIMES, min_size=1, max_size=3), DAYS)


def is_scheduled(schedule: dict[str, Any], day: date) -> bool:
    """The days, read off a calendar sheet."""
    weeks = calendar.monthcalendar(day.year, day.month)
    last = max(weeks[-1])
    if "weekdays" in schedule:
        return calendar.day_name[day.weekday()].lower() in schedule["weekdays"]
    if "days_of_month" in schedule:
        return day.day in [last if one == "last" else one for one in schedule["days_of_month"]]
    if "weekday_of_month" in schedule:
        nth, weekday = schedule["weekday_of_month"].split()
        days = [week[WEEKDAYS.index(weekday)] for week in weeks if week[WEEKDAYS.index(weekday)]]
        return day.day == days[{"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}[nth]]
    return True


def watched(schedule: dict[str, Any], timezone: str, since: datetime, until: datetime) -> list[datetime]:
    """The moments after `since`, up to `until`, at which the clock on the wall first reaches or passes a time."""
    zone = ZoneInfo(timezone)

    def on_the_wall(at: datetime) -> datetime:
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)

    at = since - timedelta(days=2)  # so that it is known which times have been before clocks go back
    furthest = on_the_wall(at)
    found = []
    while at < until:
        at += MINUTE
        shown = on_the_wall(at)
        comes = False
        while furthest < shown:
            furthest += MINUTE
            comes = comes or (f"{furthest:%H:%M}" in schedule["at"] and is_scheduled(schedule, furthest.date()))
        if comes and at > since:
            found.append(at)
    return found


@settings(deadline=None, max_examples=150)
@given(
    schedule=SCHEDULES,
    change=st.sampled_from(CHANGES),
    start=st.integers(-4 * 1440, 1440),
    minutes=st.integers(1, 4 * 1440),
    seconds=st.integers(0, 59),
)
@example(schedule={"at": ["02:30"]}, change=CHANGES[0], start=-60, minutes=90, seconds=0)
@example(schedule={"at": ["02:30"]}, change=CHANGES[1], start=-60, minutes=180, seconds=59)
@example(schedule={"at": ["00:00"]}, change=CHANGES[7], start=0, minutes=240, seconds=0)
def test_the_last_moment_is_the_one_that_a_watcher_of_the_clock_sees(
    schedule: dict[str, Any], change: tuple[str, str], start: int, minutes: int, seconds: int
) -> None:
    timezone, day = change
    since = moment(day) + start * MINUTE
    now = since + minutes * MINUTE
    last = ScheduleConfig(**schedule).last_moment(now + timedelta(seconds=seconds), timezone)
    assert last <= now
    assert [last] * (last > since) == watched(schedule, timezone, since, now)[-1:]


@settings(deadline=None)
@given(schedule=SCHEDULES, now=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_every_schedule_has_a_moment_and_it_is_on_its_days(schedule: dict[str, Any], now: datetime) -> None:
    last = ScheduleConfig(**schedule).last_moment(now, "UTC")
    assert last <= now
    assert is_scheduled(schedule, last.date())
    assert f"{last:%H:%M:%S.%f}" in {f"{at}:00.000000" for at in schedule["at"]}
    days_between = ((last + timedelta(days=n)).date() for n in range(1, (now.date() - last.date()).days))
    assert not any(is_scheduled(schedule, day) for day in days_between)


@pytest.mark.parametrize(
    ("schedule", "now", "last"),
    [
        ({}, "2026-05-05T05:59:59", "2026-05-04T18:30"),
        ({}, "2026-05-05T06:00", "2026-05-05T06:00"),
        ({}, "2026-05-05T18:29:59", "2026-05-05T06:00"),
        ({"weekdays": ["monday", "friday"]}, "2026-05-06T12:00", "2026-05-04T18:30"),
        ({"days_of_month": [31]}, "2026-12-31T05:59", "2026-10-31T18:30"),  # November has none
        ({"days_of_month": [30]}, "2026-03-29T12:00", "2026-01-30T18:30"),
        ({"days_of_month": [29]}, "2024-02-29T12:00", "2024-02-29T06:00"),
        ({"days_of_month": ["last"]}, "2026-03-01T00:00", "2026-02-28T18:30"),
        ({"days_of_month": [1, 15, "last"]}, "2026-05-14T12:00", "2026-05-01T18:30"),
        ({"weekday_of_month": "first monday"}, "2026-06-01T06:00", "2026-06-01T06:00"),
        ({"weekday_of_month": "second tuesday"}, "2026-05-31T12:00", "2026-05-12T18:30"),
        ({"weekday_of_month": "fourth friday"}, "2026-05-31T12:00", "2026-05-22T18:30"),
        ({"weekday_of_month": "last friday"}, "2026-05-31T12:00", "2026-05-29T18:30"),
        ({"weekday_of_month": "last sunday"}, "2026-05-31T12:00", "2026-05-31T06:00"),  # the last day of all
        ({"weekday_of_month": "last thursday"}, "2026-05-25T12:00", "2026-04-30T18:30"),
    ],
    ids=str,
)
def test_days(schedule: dict[str, Any], now: str, last: str) -> None:
    found = ScheduleConfig(at=["18:30", "06:00"], **schedule).last_moment(moment(now), "UTC")
    assert found == moment(last)


@pytest.mark.parametrize(
    ("timezone", "at", "now", "last"),
    [
        ("Europe/Berlin", "06:00", "2026-07-01T12:00", "2026-07-01T04:00"),
        ("Europe/Berlin", "06:00", "2026-01-01T12:00", "2026-01-01T05:00"),
        ("Europe/Berlin", "02:30", "2026-03-29T00:59:59", "2026-03-28T01:30"),
        ("Europe/Berlin", "02:30", "2026-03-29T01:00", "2026-03-29T01:00"),  # shown as 03:00: 02:30 does not exist
        ("Europe/Berlin", "02:30", "2026-10-25T01:45", "2026-10-25T00:30"),  # the second 02:30 was at 01:30
        ("Pacific/Apia", "12:00", "2011-12-30T10:00", "2011-12-30T10:00"),  # there was no 30 December at all
        ("America/St_Johns", "00:00", "2010-11-07T03:00", "2010-11-07T02:30"),  # at 02:31 it was the day before again
    ],
)
def test_clocks_that_change(timezone: str, at: str, now: str, last: str) -> None:
    assert ScheduleConfig(at=[at]).last_moment(moment(now), timezone) == moment(last)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({}, "06:00, 18:30 every day"),
        ({"weekdays": ["monday", "friday"]}, "06:00, 18:30 on monday, friday"),
        ({"days_of_month": [1, "last"]}, "06:00, 18:30 on day 1, last of the month"),
        ({"weekday_of_month": "first monday"}, "06:00, 18:30 on the first monday of the month"),
    ],
)
def test_a_schedule_in_words(schedule: dict[str, Any], words: str) -> None:
    assert str(ScheduleConfig(at=["06:00", "18:30"], **schedule)) == words
