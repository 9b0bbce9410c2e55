"""Contract B18: lifecycles: a stage restricts an export, touches are counted, and a threshold keeps people out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from loaders.exports.preparing import Wish
from loaders.exports.selecting import _begin_of_period
from tests.contracts.exporting import Exporting, declare
from tests.contracts.installation import lines

SEED = lines(
    "tenant_id,lifecycle,stage_number,stage_name,segment_name",
    "shop,buyers,1,new,vip", "shop,buyers,2,keen,gold", "other,buyers,3,keen,vip",
)  # fmt: skip


def staged(home: Path, **meta: object) -> Exporting:
    one = Exporting(home)
    (one.muster.settings.root / "seeds" / "lifecycles.csv").write_text(SEED)
    declare(one.muster.settings.root, meta)
    return one


def stages(one: Exporting) -> list[tuple[str, str, str | None]]:
    rows = one.muster.rows(
        """select identifier_value as who, stage_name, strftime(begun_at, '%m-%d') as begun,
            strftime(ended_at, '%m-%d') as ended
        from marts.lifecycle_history inner join marts.contact_identifiers using (contact_id)
        where identifier_type = 'id' order by all"""
    )
    return [(f"{row['who']} {row['stage_name']}", row["begun"], row["ended"]) for row in rows]


def test_b18_who_is_in_several_stages_is_in_the_last_one(tmp_path: Path) -> None:
    one = staged(tmp_path / "home", lifecycle={"name": "buyers", "stage": "new"}, all=True)
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.muster.drop("shop_gold_20260102080000.csv", lines("id", "2"))
    one.muster.land()
    one.muster.build()
    one.export()
    assert one.taken() == ["1,a@x.org,Ann,,,"]
    one.muster.drop("shop_gold_20260103080000.csv", lines("id", "1"))
    one.muster.land()
    one.muster.build()
    one.export()
    assert one.taken() == ["2,b@x.org,Bob,,,"]
    assert stages(one) == [
        ("1 keen", "01-03", None), ("1 new", "01-01", "01-03"),
        ("2 keen", "01-02", "01-03"), ("2 new", "01-01", "01-02"), ("2 new", "01-03", None),
    ]  # fmt: skip
    now = one.muster.rows("select stage_name, stage_number from marts.lifecycle_stages order by all")
    assert now == [{"stage_name": "keen", "stage_number": 2}, {"stage_name": "new", "stage_number": 1}]


def test_b18_who_was_touched_as_often_as_the_threshold_says_is_left_out_and_not_remembered(tmp_path: Path) -> None:
    one = staged(tmp_path / "home", touches="buyers", threshold={"max": 2, "per": "quarter"}, leavers="column")
    for name in ("Ann", "Anne"):
        one.send(f"1,a@x.org,{name}", "2,b@x.org,Bob")
        one.export()
    assert len(one.received()) >= 1
    one.send("1,a@x.org,Anna", "2,b@x.org,Bobby")
    (row,) = one.export().delivered
    assert one.taken() == ["UPDATE,2,b@x.org,Bobby,,,"]
    assert (row["over_threshold_count"], row["changed_count"], row["left_count"]) == (1, 1, 0)
    declare(one.muster.settings.root, {"leavers": "column"})
    one.muster.build()
    one.export()
    assert one.taken() == ["UPDATE,1,a@x.org,Anna,,,"]
    assert one.muster.rows("select count(*) as n from exported.touches") == [{"n": 4}]


@pytest.mark.parametrize("always", [True, False])
def test_b18_who_is_sent_a_row_is_touched_be_it_unchanged_and_nobody_else(tmp_path: Path, always: bool) -> None:
    settings: dict[str, object] = {"all": True} if always else {"on_return": "if_changed", "max_shrink": 1}
    one = staged(tmp_path / "home", touches="buyers", **settings)
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    if not always:
        one.send("2,b@x.org,Bob")
        one.export()
        one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    sent = 4 if always else 2
    assert one.muster.rows("select count(*) as n from exported.touches") == [{"n": sent}]


def test_b18_a_dry_run_touches_nobody(tmp_path: Path) -> None:
    one = staged(tmp_path / "home", touches="buyers", threshold={"max": 1, "per": "week"})
    one.send("1,a@x.org,Ann")
    (row,) = one.export(dry_run=True, wish=Wish(everybody=True)).delivered
    assert (row["row_count"], one.received()) == (1, {})
    assert one.muster.rows("from exported.touches") == []


@pytest.mark.parametrize(
    ("moment", "per", "timezone", "begin"),
    [
        ("2026-11-30 00:00", "week", "UTC", "2026-11-30 00:00"),  # a Monday
        ("2026-11-29 23:30", "week", "Europe/Berlin", "2026-11-29 23:00"),
        ("2026-11-29 22:30", "week", "Europe/Berlin", "2026-11-22 23:00"),
        ("2026-04-01 00:00", "month", "Europe/Berlin", "2026-03-31 22:00"),
        ("2026-03-31 21:59", "month", "Europe/Berlin", "2026-02-28 23:00"),
        ("2026-12-31 23:30", "quarter", "UTC", "2026-10-01 00:00"),
        ("2026-12-31 23:30", "quarter", "Asia/Tokyo", "2026-12-31 15:00"),
        ("2027-01-01 12:00", "week", "UTC", "2026-12-28 00:00"),
    ],
)
def test_b18_weeks_are_those_of_iso_in_the_timezone_of_the_export(
    moment: str, per: str, timezone: str, begin: str
) -> None:
    found = _begin_of_period(datetime.fromisoformat(moment), per, timezone)
    assert f"{found:%Y-%m-%d %H:%M}" == begin
