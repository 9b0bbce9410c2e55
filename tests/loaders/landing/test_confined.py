"""What goes wrong with one file, directory or connection is its own affair (X13)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

import loaders.feeds.feed
import loaders.interrupts
import loaders.landing.finding
import loaders.landing.land_file
import loaders.landing.new_file
import loaders.landing.run
import loaders.transport.local_folder
from loaders.landing.confined import confined
from loaders.landing.lane import Lane
from loaders.landing.run import land
from loaders.landing.turns import Queue, in_turn
from tests.contracts.installation import Installation, copy_project, lines

BAD, GOOD = "shop_bad_20260101080000.csv", "acme_subscriber_segment_20260101.csv"
PLACES = {
    "its name is read": (loaders.landing.finding, "arrival_of"),
    "it is fetched": (loaders.transport.local_folder.LocalFolder, "fetch"),
    "it is archived": (loaders.landing.run, "archive"),
    "its name is judged": (loaders.landing.land_file, "check_name"),
    "its ledger row is written": (loaders.landing.land_file, "repeated_version"),
    "its rows are inserted": (loaders.landing.land_file, "RowTarget"),
    "it is renamed": (loaders.transport.local_folder.LocalFolder, "rename"),
}
"""Where something goes wrong: the function that touches the file."""


FAULTS = (RuntimeError("odd"), OverflowError("odd"), OSError(28, "odd"))


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("place", PLACES)
def test_x13_a_fault_with_one_file_is_told_and_the_others_land(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, fault: Exception
) -> None:
    edits = {"remarkety__lists": {"done_suffix": ".done"}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    muster.drop(BAD, lines("email", "ann@x.org"))
    muster.drop(GOOD, "2125550101,s\n")
    owner, name = PLACES[place]
    work: Callable[..., Any] = getattr(owner, name)

    def failing(*arguments: Any, **options: Any) -> Any:
        spooled = [one for one in arguments if isinstance(one, Path) and one.exists()]
        is_in = any("shop_bad" in repr(one) or getattr(one, "name", "") == "remarkety__lists" for one in arguments)
        if is_in or any(b"ann@" in one.read_bytes() for one in spooled):
            raise fault
        return work(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing)
        report = land(muster.settings)
    landed = {one.path.rpartition("/")[2] for one in report.landed}
    assert landed - {BAD} == {GOOD}
    told = [*map(str, report.errors.values()), *(reason for *_, reason in report.unrecognised)]
    assert any("odd" in one for one in told), report
    land(muster.settings)
    paths = [row["path"] for row in muster.rows("select path from landing.files where duplicate_of is null")]
    assert {path.rpartition("/")[2] for path in paths} == {BAD, GOOD}
    assert len(paths) == 2
    assert muster.rows("select count(*) as rows from landing.remarkety__lists") == [{"rows": 1}]


def test_x13_c113_a_signal_is_no_fault_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB makes a RuntimeError of it: the run would go on, and wait for an hour for a slow partner."""
    monkeypatch.setattr(loaders.interrupts, "received", [])
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, loaders.interrupts._interrupt)
    sender = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    try:
        with duckdb.connect() as database, pytest.raises(KeyboardInterrupt), confined("a file"):
            sender.start()
            while True:
                database.execute("select sum(range % 7) from range(10_000_000_000)")
    finally:
        signal.signal(signal.SIGTERM, before)
    with pytest.raises(KeyboardInterrupt):  # should it be lost nevertheless: nobody is waited for
        in_turn([Queue(looks={cast(Lane, None): Future()}, is_slow=True)], lambda waiting: None)


def test_c66_a_directory_that_is_missing_stops_only_its_feeds(tmp_path: Path) -> None:
    edits = {"attentive__subscribers": {"directory": "elsewhere"}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    muster.drop(GOOD, "2125550101,s\n")
    report = land(muster.settings)
    assert [one.path.rpartition("/")[2] for one in report.landed] == [GOOD]
    assert list(report.errors) == ["attentive__subscribers"]
    assert "elsewhere: cannot be listed" in str(report.errors["attentive__subscribers"])


def test_c103_a_name_too_long_for_the_done_suffix_is_that_files_problem(tmp_path: Path) -> None:
    edits = {"remarkety__lists": {"done_suffix": ".done"}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    name = f"shop_{'v' * 227}_20260101080000.csv"
    muster.drop(name, lines("email", "ann@x.org"))
    muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org"))
    for new in (2, 0):
        report = land(muster.settings)
        assert (len(report.landed), report.errors) == (new, {})
        assert len(report.not_renamed) == 1
        assert "longer than 255 bytes" in report.not_renamed[0]
