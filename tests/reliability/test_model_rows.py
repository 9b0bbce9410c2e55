"""Rows M2 to M8 and C8 of the scorecard: builds that die, boundaries of time, one batch, and many members."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.contracts.installation import ROOT, Installation, Tenant, copy_project, imported, lines
from tests.contracts.test_m import at, delete, stays, update
from tests.dbt_process import dbt

from .rig import LISTS, drop_three_days, ended, everything, expect_equal, killed_at

DAY = 24 * 60


@pytest.mark.proof
def test_m2_a_build_killed_at_any_model_leaves_the_last_tables_and_is_finished_by_the_next(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    assert muster.muster("run").returncode == 0
    published = muster.settings.published.read_bytes()
    count = len(json.loads((muster.settings.home / "compiled.json").read_text())["models"])
    muster.drop("shop_vip_20260104080000.csv", lines("id,email", "5,eve@x.org", "6,fay@x.org"))
    muster.land()
    for nth in range(2, count, 5):  # each goes on from where the one before died
        killed_at(muster, "loaders.building.compiled:_run", nth, "after", "build")
        if nth % 4 == 2:
            assert muster.muster("members", "vip").returncode == 0
            assert muster.settings.published.read_bytes() == published, "a half of it is not published"
    assert muster.muster("run").returncode == 0
    found = everything(muster)
    anew = Installation.ready(tmp_path / "anew")
    drop_three_days(anew)
    assert anew.muster("run").returncode == 0
    anew.drop("shop_vip_20260104080000.csv", lines("id,email", "5,eve@x.org", "6,fay@x.org"))
    assert anew.muster("run").returncode == 0
    expect_equal(found, everything(anew))


def test_m3_expiries_at_leap_days_and_changes_of_clocks_are_counted_in_utc(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {"mediarithmics__user_segments": {"timezone": "Europe/Berlin"}})
    muster = Installation(tmp_path / "home", root)
    files = {
        "20240228080000": "leap",
        "20250228080000": "common",
        "20260328080000": "spring",
        "20251025080000": "autumn",
    }
    for stamp, who in files.items():
        muster.drop(f"acme_user_segments_{stamp}.ndjson", update(who, expiration_duration=DAY))
    muster.land()
    muster.build()
    acme = Tenant(muster, "acme")
    expected = {
        "leap": ("02-28 07:00", "02-29 07:00"),
        "common": ("02-28 07:00", "03-01 07:00"),
        "spring": ("03-28 07:00", "03-29 07:00"),  # 9 o'clock there, 24 hours later
        "autumn": ("10-25 06:00", "10-26 06:00"),
    }
    for who, (entered, left) in expected.items():
        assert stays(acme, f":{who}") == [(entered, left, "expired", None)]
    assert ":leap" in at(acme, "2024-02-29T06:59:59.999999")
    assert ":leap" not in at(acme, "2024-02-29T07:00:00"), "at the moment itself one is out"


def test_m4_what_comes_goes_and_expires_in_one_build_is_told_so_that_it_adds_up(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    days = [
        update("a") + update("b") + delete("a") + update("a", expiration_duration=60),
        update("b", expiration_duration=DAY) + update("c"),
        update("a") + delete("c") + update("c") + delete("c"),
        update("b") + update("c", expiration_duration=1),
        update("a"),
    ]
    for day, content in enumerate(days, 1):
        muster.drop(f"acme_user_segments_2026010{day}080000.ndjson", content)
    muster.land()
    muster.build()
    acme = Tenant(muster, "acme")
    assert [stay[2] for stay in stays(acme, ":a")] == ["deleted", "expired", None]
    assert [stay[2] for stay in stays(acme, ":b")] == ["expired", None]
    assert [stay[2] for stay in stays(acme, ":c")] == ["deleted", "deleted", "expired"]
    told = acme.rows(
        """select contact_id, change, count(*) as n from marts.membership_changes where tenant_id = $t group by all"""
    )
    balance: dict[int, int] = {}
    for row in told:
        balance[row["contact_id"]] = balance.get(row["contact_id"], 0) + (
            row["n"] if row["change"] == "added" else -row["n"]
        )
    inside = {row["contact_id"] for row in acme.rows("from marts.memberships where tenant_id = $t")}
    assert {contact for contact, left in balance.items() if left} == inside
    assert inside == {acme.contact(":a"), acme.contact(":b")}
    assert set(balance.values()) == {0, 1}


@pytest.mark.xfail(strict=True, reason="an addition needs no list before it; the older list behind it is superseded")
def test_m5_an_addition_that_comes_before_its_list_is_held_until_that_is_there(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    clear: dict[str, Any] = {"clear": True}
    muster.land_imports({"acme_import_vip_20260102080000.csv": imported("email", "new@x.org", clear=False)})
    muster.build()
    muster.land_imports({"acme_import_vip_20260101080000.csv": imported("email", "ann@x.org", **clear)})
    muster.build()
    assert Tenant(muster, "acme").members("vip") == {"ann@x.org", "new@x.org"}


def test_m6_a_list_that_came_too_late_changes_no_contact_and_is_said(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop(LISTS[1], lines("id,first_name", "1,New"))
    assert muster.muster("run").returncode == 0
    muster.drop(LISTS[0], lines("id,first_name", "1,Old"))
    ran = muster.muster("run")
    assert ran.returncode == 3
    assert "1 of the lists are older than one that was applied before" in " ".join(ran.stderr.split())
    shop = Tenant(muster, "shop")
    assert shop.properties("1") == {"first_name": "New"}
    assert [change[2] for change in shop.changes("1")] == ["New"]
    assert shop.job(LISTS[0])["status"] == "superseded"


@pytest.mark.proof
def test_m7_ten_million_members_are_built_in_two_gigabytes_or_the_build_says_why_not(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    count = 10_000_000
    with muster.path_of(LISTS[0]).open("w") as file:
        file.write("id\n")
        for start in range(0, count, 100_000):
            file.write("".join(f"c{n}\n" for n in range(start, start + 100_000)))
    os.utime(muster.path_of(LISTS[0]), (1_700_000_000, 1_700_000_000))
    done = ended(muster, muster.command("run"), env=muster.environment | {"MUSTER_MEMORY": "2GB"}, timeout=3600)
    assert "Traceback" not in done.stderr
    members = muster.rows("select count(*) as n from marts.memberships")
    if done.returncode:
        assert (done.returncode in (8, 11), members) == (True, [{"n": 0}]), done.stderr
        assert "memory" in done.stderr.lower()
    else:
        assert members == [{"n": count}]


@pytest.mark.proof
def test_m8_dbt_with_four_threads_rebuilds_and_goes_on_without_an_error(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    drop_three_days(muster)
    muster.land()
    once = ["build", "--threads", "4", "--exclude-resource-type", "unit_test"]
    for arguments in (once, [*once, "--full-refresh"], once):
        done = dbt(tmp_path / "home", *arguments)
        assert done.returncode == 0, done.stdout
    found = everything(muster, "marts")
    muster.drop("shop_vip_20260104080000.csv", lines("id,email", "5,eve@x.org"))
    muster.land()
    done = dbt(tmp_path / "home", *once)
    assert done.returncode == 0, done.stdout
    assert Tenant(muster, "shop").members("vip") == {"5 eve@x.org"}
    assert muster.muster("build", "--full-refresh").returncode == 0
    assert everything(muster, "marts")["marts.contact_identifiers"] == found["marts.contact_identifiers"]


_HOLD = """
import sys
from pathlib import Path
from loaders.database import open_database
with open_database(Path(sys.argv[1])) as connection:
    connection.execute("create table mine as select 1 as one")
    print("held", flush=True)
    sys.stdin.read()
    assert connection.execute("from mine").fetchall() == [(1,)]
"""


def test_sc_c8_dbt_beside_a_run_ends_with_an_error_and_disturbs_nothing(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    command = [sys.executable, "-c", _HOLD, str(muster.settings.database)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        done = dbt(tmp_path / "home", "run", "--select", "segments")
        assert done.returncode != 0
        assert "Could not set lock" in done.stdout
        with pytest.raises(duckdb.IOException, match="lock"):
            duckdb.connect(str(muster.settings.database), read_only=True)
        holder.communicate()
    assert holder.returncode == 0
    drop_three_days(muster)
    assert muster.muster("run").returncode == 0
