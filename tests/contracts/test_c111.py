"""Where the order of files matters, those behind one that cannot be read wait for a decision (C111)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaders.building.set_aside import _refuse
from loaders.errors import ConfigurationError
from loaders.landing.refused_before import discard

from .installation import Installation, Row, Tenant, copy_project, edit_feed, lines

FIRST, SECOND, THIRD, FOURTH = (f"acme_user_segments_2026010{day}080000.ndjson" for day in (1, 2, 3, 4))
BROKEN = lines("[", "]")  # one array: no NDJSON


def command(operation: str, user: str) -> str:
    """A line that adds a user to segment 7 for ever, or takes him out."""
    said = {"operation": operation, "user_account_id": user, "segment_id": "7", "expiration_duration": "0"}
    return json.dumps(said, separators=(",", ":"))


def muster_with(tmp_path: Path) -> Installation:
    """An installation into which the second of three files of commands has come broken."""
    muster = Installation.ready(tmp_path / "home")
    muster.drop(FIRST, lines(command("UPDATE", "ann")))
    muster.drop(SECOND, BROKEN)
    muster.drop(THIRD, lines(command("DELETE", "ann"), command("UPDATE", "bob")))
    muster.drop("other_user_segments_20260103080000.ndjson", lines(command("UPDATE", "zoe")))
    return muster


def _go_on(feed: Row) -> None:
    feed["config"]["meta"]["after_refused"] = "go_on"


def members(muster: Installation) -> set[str]:
    return {user.removeprefix(":") for user in Tenant(muster, "acme").members("7")}


def test_c111_commands_behind_one_that_was_refused_wait_until_it_is_sent_again(tmp_path: Path) -> None:
    muster = muster_with(tmp_path)
    done = muster.muster("run")
    assert done.returncode == 3
    assert f"user_segments/{SECOND}: was refused (not_ndjson), and 1 later files of feed" in done.stderr
    acme = Tenant(muster, "acme")
    assert (acme.job(THIRD)["status"], acme.job(THIRD)["code"]) == ("waiting", "behind_refused")
    assert members(muster) == {"ann"}
    assert Tenant(muster, "other").members("7") == {":zoe"}  # nobody else waits
    assert muster.muster("run").returncode == 3  # it stays said
    muster.drop(FOURTH, lines(command("UPDATE", "dee")))
    muster.drop(SECOND, lines(command("UPDATE", "cy"), command("DELETE", "bob")))
    done = muster.muster("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert members(muster) == {"bob", "cy", "dee"}  # in the order of their times: it came before the third
    assert acme.job(THIRD)["status"] == "applied"
    order = muster.rows(
        """select path from landing.files as files left join landing.decisions using (delivery)
        where path like '%acme%' and refusal_code is null order by coalesce(log_id, file_id)"""
    )
    assert [row["path"].removeprefix("user_segments/") for row in order] == [FIRST, SECOND, THIRD, FOURTH]
    muster.build(full_refresh=True)
    assert members(muster) == {"bob", "cy", "dee"}


@pytest.mark.proof
def test_c111_a_person_does_without_the_refused_file(tmp_path: Path) -> None:
    muster = muster_with(tmp_path)
    assert muster.muster("run").returncode == 3
    (row,) = muster.rows("select file_id from landing.files where refusal_code is not null")
    done = muster.muster("discard", str(row["file_id"]), "--why", "they never keep it")
    assert done.returncode == 0, done.stderr
    assert THIRD in done.stdout
    assert members(muster) == {"bob"}
    said = "select decided_by <> 'muster' as by_somebody, reason from landing.decisions where kind = 'discard'"
    assert muster.rows(said) == [{"by_somebody": True, "reason": "they never keep it"}]
    again = muster.muster("discard", str(row["file_id"]), "--why", "again")
    assert (again.returncode, "is discarded" in again.stderr) == (2, True)
    muster.drop(SECOND, lines("[", "{", "]"))  # broken in another way: a file of its own, that needs a word of its own
    muster.drop(FOURTH, lines(command("UPDATE", "dee")))
    assert muster.muster("run").returncode == 3
    assert members(muster) == {"bob"}
    muster.build(full_refresh=True)
    assert members(muster) == {"bob"}


def test_c111_of_two_refused_files_only_what_is_behind_none_counts(tmp_path: Path) -> None:
    muster = muster_with(tmp_path)
    muster.drop("acme_user_segments_20260102090000.ndjson", lines(command("UPDATE", "eve")))
    muster.drop("acme_user_segments_20260102100000.ndjson", BROKEN)
    muster.land()
    muster.drop("acme_user_segments_20260102100000.ndjson", lines(command("UPDATE", "fay")))
    muster.drop("acme_user_segments_20260101070000.ndjson", lines(command("UPDATE", "gil")))  # before both
    muster.land()
    muster.build()
    assert members(muster) == {"ann", "gil"}
    muster.drop(SECOND, lines(command("DELETE", "gil")))
    muster.land()
    muster.build()
    assert members(muster) == {"bob", "eve", "fay"}
    assert muster.rows("select kind, count(*) as n from landing.decisions group by all") == [{"kind": "close", "n": 3}]


def test_c111_a_feed_that_is_told_to_go_on_waits_for_nothing(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    muster.drop(SECOND, BROKEN)
    muster.drop(THIRD, lines(command("UPDATE", "bob")))
    assert muster.muster("run").returncode == 3
    edit_feed(muster.settings.root, "mediarithmics__user_segments", _go_on)
    done = muster.muster("run")
    assert (done.returncode, done.stderr) == (0, "")
    assert members(muster) == {"bob"}


def test_c111_feeds_of_which_each_row_knows_its_time_go_on_unless_told_otherwise(tmp_path: Path) -> None:
    def dropped(muster: Installation) -> Tenant:
        muster.drop("acme_subscribers_20260101.csv", lines("nothing", "1"))
        muster.drop("acme_subscribers_20260102.csv", lines("phone,email,opt_in_status", "2125550101,ann@x.org,1"))
        muster.land()
        muster.build()
        return Tenant(muster, "acme")

    assert dropped(Installation.ready(tmp_path / "goes_on")).contact_count == 1
    root = copy_project(tmp_path / "project", {"attentive__subscribers": {"after_refused": "wait"}})
    assert dropped(Installation(tmp_path / "waits", root)).contact_count == 0


def test_c111_who_has_nothing_waiting_cannot_be_discarded(tmp_path: Path) -> None:
    muster = muster_with(tmp_path)
    muster.drop("shop_vip_20260101080000.csv", lines("nothing", "1"))
    muster.land()
    ids = {row["path"]: row["file_id"] for row in muster.rows("select path, file_id from landing.files")}
    for file_id, fault in (
        (99, "there is no file 99"),
        (ids[f"user_segments/{FIRST}"], "is not waited for"),
        (ids["lists/shop_vip_20260101080000.csv"], "of which no file waits for another"),
    ):
        with pytest.raises(ConfigurationError, match=fault):
            discard(muster.settings, file_id, "no")
    assert muster.rows("select * from landing.decisions") == []


def test_c111_x13_files_behind_one_that_is_set_aside_wait_too(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop(FIRST, lines(command("UPDATE", "ann")))
    muster.drop(THIRD, lines(command("DELETE", "ann")))
    muster.land()
    ids = {row["path"]: row["file_id"] for row in muster.rows("select path, file_id from landing.files")}
    _refuse(muster.settings, ids[f"user_segments/{FIRST}"], "boom")
    muster.build()
    assert members(muster) == set()
    assert Tenant(muster, "acme").job(THIRD)["code"] == "behind_refused"
    muster.drop(FIRST, lines(command("UPDATE", "ann"), command("UPDATE", "bob")))
    muster.land()
    muster.build()
    assert members(muster) == {"bob"}
