"""Contract B17: timeline events of a segment's members, each once, a file per type; and groups."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests.contracts.exporting import Exporting, declare
from tests.contracts.installation import lines

ORDER_HEADER, LINE_HEADER = "order_id;customer_id;ordered_at;total", "order_id;product_id;price"
EVENTS = """
select
    events.contact_id,
    events.event_type,
    events.event_id,
    events.occurred_at,
    events.properties['total'] as total
from {{ ref('timeline_events') }} as events
"""
NESTED = """
select
    events.contact_id,
    events.event_type,
    events.event_id,
    unnest(events.nested_events).product_id as product_id
from {{ ref('timeline_events') }} as events
"""
GROUPS = """
select
    groups.group_id as contact_id,
    groups.group_identifier as id,
    groups.properties['name'] as name
from {{ ref('groups') }} as groups
"""


def orders(one: Exporting, day: int, *told: tuple[str, str, datetime], total: str = "5") -> None:
    stamp = f"202601{day:02}090000"
    rows = [f"{name};{who};{at:%Y-%m-%dT%H:%M:%SZ};{total}" for name, who, at in told]
    one.muster.drop(f"shop_orders_{stamp}.csv", lines(ORDER_HEADER, *rows))
    one.muster.drop(f"shop_order_lines_{stamp}.csv", lines(LINE_HEADER, *(f"{name};tea;1" for name, *_ in told)))


def with_people(one: Exporting) -> None:
    """Ann (1) is a member of vip, Bob (2) is none."""
    one.muster.drop("shop_profiles_20251231080000.csv", lines("customer_id;email", "1;a@x.org", "2;b@x.org"))
    one.muster.land()
    one.send("1,a@x.org,Ann")


NOW = datetime.now().replace(microsecond=0)  # an hour or two do not count


def test_b17_events_of_the_members_are_exported_once(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", partners=("remarkety", "blueconic"))
    meta = {"events": {}, "file_name": "{type}_{timestamp:%Y%m%d%H%M%S}.csv", "dialect": {"timestamp_format": "%Y"}}
    declare(one.muster.settings.root, meta, model=EVENTS)
    declare(one.muster.settings.root, meta | {"directory": "in/nested"}, name="shop__lines", model=NESTED)
    (one.partner / "in" / "nested").mkdir()
    orders(one, 1, ("a", "1", datetime(2025, 1, 1)), ("b", "2", datetime(2025, 1, 1)))
    with_people(one)
    one.export()
    nested = sorted((one.partner / "in" / "nested").iterdir())
    assert [path.read_text().splitlines() for path in nested] == [["event_type,event_id,product_id", "order,a,tea"]]
    for path in nested:
        path.unlink()
    (one.partner / "in" / "nested").rmdir()
    (name,) = files = one.received()
    assert name.startswith("order_")
    assert files[name].decode().splitlines() == ["event_type,event_id,occurred_at,total", "order,a,2025,5"]
    (one.partner / "in" / "nested").mkdir()
    orders(one, 2, ("a", "1", datetime(2025, 1, 1)), ("c", "1", datetime(2025, 1, 2)))
    one.muster.land()
    one.muster.build()
    one.export()
    texts = [path.read_text().splitlines()[1:] for path in sorted((one.partner / "in").rglob("*.csv"))]
    assert sorted(texts) == [["order,c,2025,5"], ["order,c,tea"]]


def test_b17_of_the_last_days_or_the_next(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", partners=("remarkety", "blueconic"))
    name = {"file_name": "{type}_{timestamp:%Y%m%d%H%M%S}.csv", "all": True}
    days = {"past": {"last": "3 days"}, "coming": {"next": "3 days"}, "all": {}, "other": {"types": ["visit"]}}
    for which, events in days.items():
        declare(
            one.muster.settings.root, name | {"events": events, "directory": which}, name=f"shop__{which}", model=EVENTS
        )
        (one.partner / which).mkdir()
    (one.muster.settings.root / "models" / "exports" / "_shop__vip__exports.yml").unlink()
    told = [(f"e{n}", "1", NOW + timedelta(days=n)) for n in (-10, -2, 2, 10)]
    orders(one, 1, *told)
    with_people(one)
    one.export()
    found = {
        which: [
            line.split(",")[1]
            for path in (one.partner / which).iterdir()
            for line in path.read_text().split("\n")[1:-1]
        ]
        for which in days
    }
    assert found == {"past": ["e-2"], "coming": ["e2"], "all": ["e-10", "e-2", "e10", "e2"], "other": []}


def test_b17_groups_of_a_type_are_exported_when_they_change(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", partners=("remarkety", "blueconic"))
    declare(
        one.muster.settings.root,
        {
            "segment": None,
            "groups": "company",
            "file_name": "companies_{timestamp:%Y%m%d%H%M%S}.csv",
            "leavers": "column",
        },
        model=GROUPS,
    )
    for day, rows, told in (
        (1, ["c1;Acme", "c2;Bolt"], ["UPDATE,c1,Acme", "UPDATE,c2,Bolt"]),
        (2, ["c1;Acme", "c2;Bolts"], ["UPDATE,c2,Bolts"]),
    ):
        one.muster.drop(f"shop_companies_202601{day:02}080000.csv", lines("company_id;name", *rows))
        one.muster.land()
        one.muster.build()
        one.export()
        assert one.taken() == told
