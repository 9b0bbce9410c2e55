"""One partner's file never stops another's (X13): a delivery on which the models fail is set aside."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from loaders.archive.journal import Journal

from .installation import Installation, Tenant, copy_project, lines

BAD = "shop_bad_20260102080000.csv"


@pytest.fixture
def muster(tmp_path: Path) -> Installation:
    """An installation whose model for Remarkety's lists fails on one name."""
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"guard": {"max_removed_share": 1}}})
    staging = root / "models" / "staging" / "remarkety" / "stg_remarkety__lists.sql"
    text = staging.read_text()
    placeholder = "        {{ property_cells('lists', columns) }}\n"
    assert placeholder in text
    boom = "cast(if(lists.first_name = 'boom', 'no number', '1') as integer) as fails_on_boom"
    text = text.replace(placeholder, placeholder.rstrip("\n") + f",\n        {boom}\n")
    code = "{{ identifier_code(identifiers, placeholders) }} as row_code"
    assert code in text
    more = "more=\"when fails_on_boom <> 1 then 'never'\""
    staging.write_text(text.replace(code, code.replace("placeholders)", f"placeholders, {more})")))
    return Installation(tmp_path / "home", root)


def _drop_around(muster: Installation, day: int, *, boom: bool = False) -> None:
    muster.drop(f"shop_vip_2026010{day}080000.csv", lines("id,first_name", f"{day},Ann", "7,Bob"))
    muster.drop(f"other_new_2026010{day}090000.csv", lines("id,first_name", f"{day},Cy"))
    muster.drop(f"acme_subscribers_2026010{day}.csv", lines("phone,email,opt_in_status", f"212555010{day},,1"))
    if boom:
        muster.drop(BAD, lines("id,first_name", "1,Ann", "2,boom"))


@pytest.mark.parametrize("run_rows", ["", pytest.param("2", marks=pytest.mark.proof)])
def test_x13_a_delivery_on_which_a_model_fails_is_set_aside_and_the_rest_is_built(
    muster: Installation, monkeypatch: pytest.MonkeyPatch, run_rows: str
) -> None:
    monkeypatch.setenv("MUSTER_RUN_ROWS", run_rows)
    _drop_around(muster, 1)
    assert muster.muster("run").returncode == 0
    assert muster.muster("build").returncode == 0
    _drop_around(muster, 2, boom=True)
    done = muster.muster("run")
    assert done.returncode == 3, done.stderr
    assert f"lists/{BAD}: set aside, for the models fail on it" in done.stderr
    assert "no number" in done.stderr
    shop, other = Tenant(muster, "shop"), Tenant(muster, "other")
    assert (shop.members("vip"), other.members("new")) == ({"2", "7"}, {"2"})
    assert (shop.job(BAD)["status"], shop.job(BAD)["code"]) == ("rejected", "set_aside")
    (decision,) = muster.rows("select kind, delivery, decided_by from landing.decisions")
    assert decision == {"kind": "set_aside", "delivery": f"lists/{BAD}", "decided_by": "muster"}
    # it stays so, in every cut of the log and from the archive, and a corrected version counts
    assert muster.muster("build", "--full-refresh").returncode == 0
    assert shop.members("vip") == {"2", "7"}
    assert muster.muster("verify").returncode == 0
    entries = Journal(muster.settings.archive).entries()
    assert [entry.log_id for entry in entries if entry.log_id] == list(range(1, 9))
    muster.drop(BAD, lines("id,first_name", "1,Ann", "2,Boo"))
    assert muster.muster("run").returncode == 0
    assert shop.members("bad") == {"1", "2"}


def test_x13_models_that_fail_without_any_file_set_nothing_aside(muster: Installation) -> None:
    _drop_around(muster, 1)
    broken = muster.settings.root / "models" / "marts" / "memberships" / "segments.sql"
    broken.write_text("select cast('no number' as integer) as tenant_id")
    done = muster.muster("run")
    assert done.returncode == 8, done.stderr
    assert muster.rows("select * from landing.decisions") == []
    assert {row["refusal_code"] for row in muster.rows("select refusal_code from landing.files")} == {None}


@pytest.mark.proof
def test_x13_a_test_that_fails_refuses_no_file(muster: Installation) -> None:
    (muster.settings.root / "tests" / "assert_no_segment.sql").write_text("select * from {{ ref('segments') }}\n")
    for day in (1, 2):
        _drop_around(muster, day)
        assert muster.muster("land").returncode == 0
        done = muster.muster("build", "--tests")
        assert done.returncode == 8, done.stderr
        assert "assert_no_segment" in done.stderr
    assert {row["refusal_code"] for row in muster.rows("select refusal_code from landing.files")} == {None}
    assert muster.rows("select * from landing.decisions") == []


def test_c104_a_file_that_is_larger_than_the_free_disk_waits_and_the_others_land(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    huge = muster.drop("shop_vip_20260101080000.csv", lines("id", "1"))
    size = shutil.disk_usage(tmp_path).free + (1 << 34)
    os.truncate(huge, size)  # a hole: it takes no place
    muster.drop("shop_vip_20260102080000.csv", lines("id", "2"))
    muster.drop("acme_subscribers_20260101.csv", lines("phone,email,opt_in_status", "2125550101,ann@x.org,1"))
    muster.drop("shop_profiles_20260101080000.csv", lines("customer_id", "7"))
    done = muster.muster("run")
    assert done.returncode == 11
    assert f"lists/{huge.name}: has {size} bytes, and" in done.stderr
    landed = {row["feed"] for row in muster.rows("select feed from landing.files")}
    assert landed == {"attentive__subscribers", "blueconic__profiles"}
    os.truncate(huge, 3)
    assert muster.muster("run").returncode == 3  # the first was cut, and the second counts
    assert Tenant(muster, "shop").members("vip") == {"2"}
