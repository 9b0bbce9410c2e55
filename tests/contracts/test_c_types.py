"""Field cases of types: what a cell of a declared type says, and what the column of that type has (C88)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from .installation import Installation, Tenant, copy_project, lines

LIST, ORDERS, PROFILES, IMPORT = (
    f"{{t}}_{name}_20260101080000.csv" for name in ("vip", "orders", "profiles", "import_gold")
)
WITH_OFFSET = {
    "02.11.2026 10:00 +02:00": 8,
    "02.11.2026 10:00 -0330": 13.5,
    "02.11.2026 10:00 +14": -4,
    "02.11.26 10:00 +00:00": None,
    "2.11.2026 10:00 +00:00": None,
    "02.11.2026 10:00 +99:99": None,
    "02.11.2026 10:00 +15": None,
    "02.11.2026 10:00 -1401": None,
}
LOCAL = {"02.11.2026 10:00": 9, "2.11.26 10:00": None, "02.11.26 10:00": None, "02.11.2026 9:00": None}
TYPED = {
    "2026-10-01T10:00:00+14:00": datetime(2026, 9, 30, 20),
    "2026-10-01T10:00:00Z": datetime(2026, 10, 1, 10),
    "2026-10-01 10:00:00": None,
    "10:00": time(10),
    "10:00:00+02:00": None,
    "10:00Z": None,
}
"""Cells of a property that is declared `timestamp`, and of one that is declared `time`."""
DAY = datetime(2026, 11, 2, tzinfo=UTC).timestamp() / 3600


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """A day of feeds whose moments are written in formats of their own, with an offset and without."""
    home: Path = tmp_path_factory.mktemp("formats")
    offset, local = ({"timestamp_format": f"%d.%m.%Y %H:%M{end}"} for end in (" %z", ""))
    semicolon = {"delimiter": ";"}
    project = copy_project(
        home / "project",
        {
            "remarkety__lists": {"dialect": offset},
            "blueconic__orders": {"dialect": semicolon | offset},
            "blueconic__profiles": {"timezone": "Europe/Berlin", "dialect": semicolon | local},
        },
    )
    declared = project / "dbt_project.yml"
    gender = "    gender: varchar\n"
    declared.write_text(declared.read_text().replace(gender, f"{gender}    seen_at: timestamp\n    opens_at: time\n"))
    muster = Installation(home / "home", project)
    tenant = Tenant(muster, "acme")
    files = {
        LIST: lines("email,created_at", *(f"m{n}@x.org,{text}" for n, text in enumerate(WITH_OFFSET))),
        PROFILES: lines("customer_id;email;created_at", *(f"c{n};p{n}@x.org;{text}" for n, text in enumerate(LOCAL))),
        IMPORT: lines("email,seen_at,opens_at", *(f"t{n}@x.org,{text},{text}" for n, text in enumerate(TYPED))),
        ORDERS: lines(
            "order_id;customer_id;email;ordered_at", *(f"{n};c0;;{text}" for n, text in enumerate(WITH_OFFSET))
        ),
        "{t}_order_lines_20260101080000.csv": lines("order_id;product_id;price"),
    }
    for name, content in files.items():
        muster.drop(name.format(t="acme"), content)
    muster.land()
    muster.build()
    return tenant


@pytest.mark.parametrize(("name", "who", "cells"), [(LIST, "m", WITH_OFFSET), (PROFILES, "p", LOCAL)])
def test_c88_a_moment_by_format_is_written_exactly_so_or_dropped(
    formats: Tenant, name: str, who: str, cells: dict[str, float | None]
) -> None:
    moments = [formats.column("created_at", f"{who}{n}@x.org") for n in range(len(cells))]
    hours = [moment and moment.timestamp() / 3600 for moment in moments]
    assert hours == [hour and DAY + hour for hour in cells.values()]
    wrong = {(n + 2, "created_at"): "invalid_created_at" for n, hour in enumerate(cells.values()) if hour is None}
    assert formats.dropped(name) == wrong


def test_c88_an_event_by_format_likewise_or_rejected(formats: Tenant) -> None:
    found = formats.rows(
        "select event_id, epoch(occurred_at) / 3600 as hour from marts.timeline_events where tenant_id = $t"
    )
    assert {row["event_id"]: row["hour"] for row in found} == {
        str(n): DAY + hour for n, hour in enumerate(WITH_OFFSET.values()) if hour
    }
    wrong = {n + 2: "invalid_event_time" for n, hour in enumerate(WITH_OFFSET.values()) if hour is None}
    assert formats.codes(ORDERS) == wrong


def test_c88_a_timestamp_is_in_utc_and_a_time_has_no_offset(formats: Tenant) -> None:
    found = {name: [formats.column(name, f"t{n}@x.org") for n in range(len(TYPED))] for name in ("seen_at", "opens_at")}
    kinds = {"seen_at": datetime, "opens_at": time}
    assert found == {
        name: [value if isinstance(value, kind) else None for value in TYPED.values()] for name, kind in kinds.items()
    }
    assert set(formats.dropped(IMPORT)) == {
        (n + 2, name)
        for name, kind in kinds.items()
        for n, value in enumerate(TYPED.values())
        if not isinstance(value, kind)
    }
