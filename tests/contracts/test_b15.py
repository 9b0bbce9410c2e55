"""Contract B15: feeds in an order, each switched on or off, picked up by hand or on a schedule."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from loaders.cli.main import main
from loaders.feeds.loading import load_feeds
from loaders.landing.run import land

from .installation import FOLDERS, Edits, Installation, Row, copy_project, lines, pass_a_day

LIST, SUBSCRIBERS, SEGMENTS = "remarkety__lists", "attentive__subscribers", "attentive__segments"
PHONE = "2125550101"


def installation(tmp_path: Path, edits: Edits) -> Installation:
    return Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))


def drop_list(muster: Installation, day: int, email: str = "ann@x.org") -> None:
    muster.drop(f"shop_vip_202601{day:02}080000.csv", lines("email", email))


def drop_attentive(muster: Installation, day: int) -> None:
    muster.drop(f"acme_subscribers_202601{day:02}.csv", lines("phone,opt_in_status", f"{PHONE},1"))
    muster.drop(f"acme_subscriber_segment_202601{day:02}.csv", f"{PHONE},s\n")


class Clock:
    """A clock that stands until it is set; it shows UTC."""

    def __init__(self, muster: Installation) -> None:
        self.now = datetime(2026, 1, 1)
        self._muster = muster

    def at(self, text: str) -> Clock:
        self.now = datetime.fromisoformat(text)
        return self

    def muster(self, *arguments: str) -> Any:
        """What `muster` answers at this time."""
        ran = CliRunner().invoke(main, [*arguments, "--json"], env=self._muster.environment)
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    def picks_up(self) -> bool:
        """Whether `muster land --scheduled` lands a new list at this time."""
        drop_list(self._muster, 1, f"{self.now:%d%H%M%S}@x.org")
        return bool(self.muster("land", "--scheduled"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clock]]:
    """A clock by which the loader goes."""

    class Watched(Clock):
        def __init__(self, muster: Installation) -> None:
            super().__init__(muster)
            monkeypatch.setattr("loaders.landing.run.utc_now", lambda: self.now)
            monkeypatch.setattr("loaders.cli.landing.silent", lambda _: [])  # months pass without a file of other feeds

    yield Watched


@pytest.mark.parametrize(
    ("orders", "first"),
    [
        ({}, SUBSCRIBERS),  # as they are declared
        ({SEGMENTS: -1}, SEGMENTS),
        ({SUBSCRIBERS: 10}, SEGMENTS),
        ({SUBSCRIBERS: 10, SEGMENTS: 11}, SUBSCRIBERS),
    ],
    ids=str,
)
def test_b15_feeds_of_one_connection_are_landed_in_their_order(
    tmp_path: Path, orders: dict[str, int], first: str
) -> None:
    muster = installation(tmp_path, {feed: {"order": order} for feed, order in orders.items()})
    for day in (2, 1):
        drop_attentive(muster, day)
    second = SEGMENTS if first == SUBSCRIBERS else SUBSCRIBERS
    # The times of the files come first.
    assert [landed.feed for landed in muster.land().landed] == [first, second, first, second]


def test_b15_a_feed_that_is_switched_off_is_left_out_until_it_is_named(tmp_path: Path) -> None:
    muster = installation(tmp_path, {SEGMENTS: {"enabled": False, "every": None}})
    drop_attentive(muster, 1)
    for options in ({}, {"scheduled": True}):
        report = muster.land(**options)
        assert SEGMENTS not in {landed.feed for landed in report.landed}
        assert report.unrecognised == []  # its files are known, and left alone
    assert muster.rows("select distinct feed from landing.pickups where feed = $f", f=SEGMENTS) == []
    assert [landed.feed for landed in muster.land(only=[SEGMENTS]).landed] == [SEGMENTS]
    drop_attentive(muster, 2)
    assert [landed.feed for landed in muster.land().landed] == [SUBSCRIBERS]


def test_b15_whether_a_feed_is_switched_on_and_when_it_is_picked_up_is_shown(tmp_path: Path) -> None:
    schedule = {"at": ["06:00"], "days_of_month": [1, "last"]}
    muster = installation(tmp_path, {SEGMENTS: {"enabled": False}, LIST: {"schedule": schedule, "order": -1}})
    ran = muster.muster("feeds", "list", "--json")
    feeds: list[Row] = json.loads(ran.stdout)
    assert [(feed["feed"], feed["enabled"], feed["order"], feed["picked_up"]) for feed in feeds] == [
        (LIST, True, -1, "06:00 on day 1, last of the month (UTC)"),
        (SUBSCRIBERS, True, 0, "every 24 hours"),
        (SEGMENTS, False, 0, "only by hand"),
        *((feed.name, True, 0, "always") for feed in load_feeds(muster.settings.root)[3:]),
    ]
    assert "only by hand" in muster.muster("feeds", "show", SEGMENTS).stdout
    (shown,) = json.loads(muster.muster("feeds", "show", LIST, "--json").stdout)
    assert (shown["enabled"], shown["schedule"]) == (True, schedule)


def test_b15_of_two_feeds_for_the_same_files_the_one_that_is_switched_on_takes_them(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "models" / "landing" / "_remarkety__sources.yml"
    content = yaml.safe_load(path.read_text())
    tables = content["sources"][0]["tables"]
    tables.append(copy.deepcopy(tables[0]) | {"name": "other", "identifier": "remarkety__other"})
    tables[0]["config"]["meta"]["enabled"] = False
    path.write_text(yaml.safe_dump(content))
    muster = Installation(tmp_path / "home", root)
    drop_list(muster, 1)
    assert [landed.feed for landed in muster.land().landed] == ["remarkety__other"]
    tables[1]["config"]["meta"]["enabled"] = False
    path.write_text(yaml.safe_dump(content))
    drop_list(muster, 2)
    assert [reason for _, _, reason in muster.land(only=["optipub__imports"]).unrecognised] == []
    assert [landed.feed for landed in muster.land(only=[LIST]).landed] == [LIST]


def test_b15_a_feed_that_is_switched_off_needs_no_connection(tmp_path: Path) -> None:
    muster = installation(tmp_path, {LIST: {"enabled": False}})
    others = {name: {"type": "local", "path": str(muster.drops / name)} for name in FOLDERS if name != "remarkety"}
    muster.connect(others, muster.settings.connections.parent)
    drop_attentive(muster, 1)
    assert len(muster.land().landed) == 2


def test_b15_the_parts_of_a_feed_that_is_switched_off_are_not_taken_for_all_there_are(tmp_path: Path) -> None:
    quiet = {"parts": {"number": "file_number", "quiet": "1 second"}, "subscribers_only": False, "every": None}
    muster = installation(tmp_path, {SEGMENTS: quiet | {"enabled": False}})
    muster.drop("acme_subscriber_segment_20260101_1.csv", f"{PHONE},s\n")
    muster.land(only=[SEGMENTS])
    pass_a_day(muster)
    assert muster.land().closed == []
    assert muster.land(only=[SEGMENTS]).closed == ["acme_subscriber_segment_20260101.csv"]


@pytest.mark.parametrize(
    ("schedule", "timezone", "moments"),
    [
        (
            {"at": ["18:30", "06:00"]},
            "UTC",
            {
                "2026-01-01T12:00": True,  # never picked up before
                "2026-01-01T18:29:59": False,
                "2026-01-01T18:30:00": True,
                "2026-01-01T18:30:01": False,
                "2026-01-03T05:00:00": True,  # of the moments at which the machine was off, once
                "2026-01-03T05:59:00": False,
                "2026-01-03T06:00:30": True,
            },
        ),
        (
            {"at": ["06:00"], "weekdays": ["monday", "friday"]},
            "Europe/Berlin",
            {
                "2026-07-03T12:00": True,
                "2026-07-06T03:59": False,
                "2026-07-06T04:00": True,  # 06:00 in Berlin
                "2026-07-09T23:59": False,
                "2026-07-10T04:01": True,
            },
        ),
        (
            {"at": ["06:00"], "days_of_month": [15, 31, "last"]},
            "UTC",
            {
                "2026-01-31T06:00": True,
                "2026-02-15T05:59": False,
                "2026-02-15T06:00": True,
                "2026-02-28T06:00": True,
                "2026-03-14T06:00": False,
            },
        ),
        (
            {"at": ["06:00"], "weekday_of_month": "first monday"},
            "UTC",
            {"2026-05-04T06:00": True, "2026-05-11T06:00": False, "2026-06-01T05:59": False, "2026-06-01T06:00": True},
        ),
        (
            {"at": ["02:30"]},
            "Europe/Berlin",
            {
                "2026-03-28T12:00": True,
                "2026-03-29T00:59": False,
                "2026-03-29T01:00": True,  # 03:00 in Berlin, where it was 01:59 a minute ago
                "2026-03-29T01:30": False,
                "2026-10-25T00:29": True,  # of all days since
                "2026-10-25T00:30": True,
                "2026-10-25T01:30": False,  # 02:30 once more
                "2026-10-26T01:30": True,
            },
        ),
    ],
    ids=["times of day", "weekdays", "days of the month", "weekday of the month", "clocks that change"],
)
def test_b15_a_scheduled_run_picks_a_feed_up_at_its_moments(
    tmp_path: Path, clock: type[Clock], schedule: dict[str, Any], timezone: str, moments: dict[str, bool]
) -> None:
    muster = installation(tmp_path, {LIST: {"schedule": schedule, "timezone": timezone}})
    now = clock(muster)
    assert {text: now.at(text).picks_up() for text in moments} == moments


def test_b15_what_was_picked_up_by_hand_is_not_due_and_what_failed_is(tmp_path: Path, clock: type[Clock]) -> None:
    muster = installation(tmp_path, {LIST: {"schedule": {"at": ["06:00"]}}})
    now = clock(muster)
    assert now.at("2026-01-01T06:00").picks_up()
    drop_list(muster, 2)
    assert len(now.at("2026-01-02T06:05").muster("land")) == 1  # by hand
    assert not now.at("2026-01-02T06:10").picks_up()
    folder = muster.drops / "remarkety"
    folder.rename(folder.with_name("gone"))
    now.at("2026-01-03T06:00")
    assert list(land(muster.settings, scheduled=True).errors) == [LIST]
    folder.with_name("gone").rename(folder)
    assert now.at("2026-01-03T06:15").picks_up()
    assert not now.at("2026-01-03T06:20").picks_up()


def test_b15_a_scheduled_run_lands_and_builds_what_is_due(tmp_path: Path, clock: type[Clock]) -> None:
    muster = installation(tmp_path, {LIST: {"schedule": {"at": ["06:00"]}}})
    now = clock(muster).at("2026-01-01T06:00")
    drop_list(muster, 1)
    (job,) = now.muster("run", "--scheduled")
    assert (job["status"], job["added_count"]) == ("applied", 1)
    drop_list(muster, 2, "bob@x.org")
    assert now.at("2026-01-02T05:59").muster("run", "--scheduled") == []
    (job,) = now.at("2026-01-02T06:00").muster("run", "--scheduled")
    assert (job["added_count"], job["removed_count"]) == (1, 1)
    assert [row["identifiers"] for row in now.muster("members", "vip")] == ["email:bob@x.org"]
