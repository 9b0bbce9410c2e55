"""Rows B8, B9 and E16 of the scorecard: what may come after what, and whose a file is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import loaders.landing.land_file
import loaders.landing.ledger
import loaders.landing.run
from loaders.archive.journal import Journal
from loaders.database import utc_now
from tests.contracts.installation import Installation, Tenant, lines

from .rig import LISTS, names


def test_b9_a_clock_that_steps_back_changes_neither_order_nor_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    muster = Installation.ready(tmp_path / "home")

    def hours_ago(hours: int) -> Callable[[], datetime]:
        return lambda: utc_now() - timedelta(hours=hours)

    for hours, name in enumerate(LISTS):
        muster.drop(name, lines("id", str(hours + 1)))
        for module in (loaders.landing.run, loaders.landing.ledger, loaders.landing.land_file):
            monkeypatch.setattr(module, "utc_now", hours_ago(hours))
        assert names(muster.land().landed) == [name]
        muster.build()
    files = muster.rows("select file_id, landed_at from landing.files order by file_id")
    assert [row["file_id"] for row in files] == [1, 2, 3]
    assert files[0]["landed_at"] > files[1]["landed_at"] > files[2]["landed_at"], "the clock went back"
    assert [entry.log_id for entry in Journal(muster.settings.archive).entries() if entry.file] == [1, 2, 3]
    shop = Tenant(muster, "shop")
    assert [shop.job(name)["status"] for name in LISTS] == ["applied"] * 3
    assert shop.members("vip") == {"3"}


def test_e16_a_file_in_the_folder_of_another_partner_is_nobodys(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    name = "acme_subscriber_segment_20260101.csv"
    path = muster.path_of(LISTS[0]).parent / name
    path.write_text("2125550101,s\n")
    report = muster.land()
    assert report.landed == []
    assert [(connection, place) for connection, place, _ in report.unrecognised] == [("remarkety", f"lists/{name}")]
    assert muster.muster("files", "--unrecognised", "--json").stdout.count(name) == 1
