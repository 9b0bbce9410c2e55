"""Field cases of the guard (C02, C07; X6): what a list would do is known before it does it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from loaders.building.compiled import failure_of
from loaders.errors import GuardError
from tests.dbt_process import dbt

from .installation import Installation, Tenant, copy_project, drops, edit_feed, lines

LISTS = ["{t}_vip_202601%02d080000.csv" % day for day in range(1, 10)]  # noqa: UP031  # {t} stays


def people(numbers: Iterable[int]) -> str:
    """A list of these, by their ids."""
    return lines("id,first_name", *(f"c{n},P{n}" for n in numbers))


def vip(muster: Installation) -> set[str]:
    """Who is in the segment."""
    return {
        row["identifier_value"]
        for row in muster.rows("from marts.memberships inner join marts.contact_identifiers using (contact_id)")
    }


def effects(tenant: Tenant) -> list[tuple[object, ...]]:
    """Of each list, in order: code, members before, added, removed."""
    found = tenant.rows("select * from marts.list_effects where tenant_id = $t order by log_id")
    return [
        (
            row["code"],
            row["removed_count"] + row["listed_count"] - row["added_count"],
            row["added_count"],
            row["removed_count"],
        )
        for row in found
    ]


@drops(
    {LISTS[0]: people(range(172)), LISTS[1]: people(range(200, 372)), LISTS[2]: people(range(100, 200))},
    {LISTS[3]: people(range(200, 210)), LISTS[4]: people(range(90, 200))},
    {LISTS[5]: people(range(150))},
)
def test_c07_x06_a_list_that_removes_too_many_is_held_and_changes_nothing(tenant: Tenant) -> None:
    # In one run or in several, and after another one that was held: exactly.
    assert effects(tenant) == [
        (None, 0, 172, 0),
        ("too_many_removed", 172, 172, 172),
        ("too_many_removed", 172, 28, 100),
        ("too_many_removed", 172, 10, 172),
        ("too_many_removed", 172, 28, 90),
        (None, 172, 0, 22),
    ]
    assert tenant.members("vip") == {f"c{n}" for n in range(150)}
    assert tenant.spells("vip", "c149") == [("01-01 08:00", None, None)]
    assert tenant.contact("c200") is None, "a held list makes nobody known"
    assert [tenant.job(name)["code"] for name in LISTS[:6]] == [None, *["too_many_removed"] * 4, None]
    assert tenant.counts(LISTS[1]) == {"line": 172, "accepted": 172}
    assert tenant.contact_count == 172


@drops(
    {LISTS[0]: people(range(100))},
    {LISTS[1]: lines("id,first_name", *(f"c{n},P" if n % 4 else f"c{n}" for n in range(100)))},
    {LISTS[2]: lines("id,first_name", *(f"c{n},P" if n % 5 else f"c{n}" for n in range(100)))},
)
def test_x06_a_list_of_which_too_much_is_rejected_is_held(tenant: Tenant) -> None:
    assert [tenant.job(name)["code"] for name in LISTS[:3]] == [None, "too_many_rejected", None]
    assert tenant.counts(LISTS[2]) == {
        "line": 100,
        "accepted": 80,
        "rejected": 20,
        "removed": 20,
        "unchanged": 80,
        "updated": 80,
    }


@pytest.mark.proof
def test_c07_the_run_says_what_it_would_have_done_and_a_higher_limit_lets_it(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    muster.drop("shop_vip_20260101080000.csv", people(range(172)))
    assert muster.muster("run").returncode == 0
    muster.drop("shop_vip_20260102080000.csv", people(range(200, 372)))
    ran = muster.muster("run")
    assert ran.returncode == 3
    said = " ".join(ran.stderr.split())
    assert (
        "shop_vip_20260102080000.csv: the list of segment vip is held, too_many_removed: it would have removed 172 of"
        " 172 members and added 172; of its 172 lines 0 are rejected, and its predecessors listed 172."
        " Nothing is changed."
    ) in said
    with (root / "seeds" / "segment_limits.csv").open("a") as limits:
        limits.write("shop,vip,1,,,,\n")
    assert muster.muster("build", "--full-refresh").returncode == 0
    assert vip(muster) == {f"c{n}" for n in range(200, 372)}


SMALL = {"judged_from": 1, "max_removed_share": 1, "max_rejected_share": 1}


@pytest.mark.parametrize(
    ("guard", "lists", "codes"),
    [
        ({"max_removed_count": 2}, [range(5), range(2, 5), range(2, 4), range(4, 5)], [None, None, None, None]),
        ({"max_removed_count": 2}, [range(5), range(3, 8), range(2, 5)], [None, "too_many_removed", None]),
        ({"min_members": 3}, [range(5), range(2), range(3)], [None, "too_few_members", None]),
        (
            {"max_deviation": 0.5},
            [range(4), range(7), range(6), range(2), range(9)],
            [None, "unlike_the_last", None, "unlike_the_last", "unlike_the_last"],
        ),
        ({"max_removed_share": 0.5}, [range(4), range(3, 6), range(2, 6)], [None, "too_many_removed", None]),
    ],
)  # fmt: skip
def test_x06_every_limit_of_a_feed(
    tmp_path: Path, guard: dict[str, object], lists: list[range], codes: list[str | None]
) -> None:
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"guard": SMALL | guard}})
    muster = Installation(tmp_path / "home", root)
    for day, listed in enumerate(lists, 1):
        muster.drop(f"shop_vip_2026010{day}080000.csv", people(listed))
    muster.land()
    muster.build()
    found = muster.rows("select code from marts.list_effects order by log_id")
    assert [row["code"] for row in found] == codes


@pytest.mark.proof
def test_x06_dbt_alone_holds_a_list_and_the_next_build_decides_the_rest(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop("shop_vip_20260101080000.csv", people(range(172)))
    muster.land()
    muster.build()
    before = muster.rows("from marts.contact_identifiers order by all")
    muster.drop("shop_vip_20260102080000.csv", people(range(200, 372)))
    muster.drop("shop_vip_20260103080000.csv", people(range(160)))
    muster.land()
    ended = dbt(tmp_path / "home", "build", "--exclude-resource-type", "unit_test")
    assert ended.returncode == 1
    said = "the list of vip (remarkety__lists, too_many_removed) is held, and nothing is changed: build again"
    assert said in " ".join(ended.stdout.split())
    assert vip(muster) == {f"c{n}" for n in range(172)}
    assert muster.rows("from marts.contact_identifiers order by all") == before, "what it had begun is undone"
    again = dbt(tmp_path / "home", "build", "--exclude-resource-type", "unit_test")
    assert again.returncode == 0, again.stdout
    assert vip(muster) == {f"c{n}" for n in range(160)}


@pytest.mark.proof
def test_c08_lists_that_came_too_late_are_said(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop("shop_vip_20260105080000.csv", people(range(5)))
    assert muster.muster("run").returncode == 0
    for day in (1, 2, 3):
        muster.drop(f"shop_vip_2026010{day}080000.csv", people(range(day)))
    ran = muster.muster("run")
    assert ran.returncode == 3
    said = " ".join(ran.stderr.split())
    assert "3 of the lists are older than one that was applied before, and changed nothing (the first:" in said
    assert "shop_vip_20260101080000.csv, of 2026-01-01 08:00). To have them count, land all files" in said
    anew = Installation.ready(tmp_path / "anew")
    for day, count in ((5, 5), (1, 1), (2, 2), (3, 3)):
        anew.drop(f"shop_vip_2026010{day}080000.csv", people(range(count)))
    assert anew.muster("run").returncode == 0
    assert len(anew.rows("from marts.membership_spells")) == 5


@pytest.mark.parametrize(
    ("models", "message", "is_tried_again"),
    [
        (["int_guard"], "int_guard: Invalid Input Error: the list of vip (f, c) is held, and nothing is changed", True),
        (["int_guard"], "int_guard: Catalog Error: Table with name list_effects does not exist", False),
        (["int_guard", "deliveries"], "int_guard: … is held, and nothing is changed\ndeliveries: Out of Memory", False),
    ],
)
def test_x06_only_a_held_list_is_tried_again(models: list[str], message: str, is_tried_again: bool) -> None:
    assert isinstance(failure_of(models, message), GuardError) == is_tried_again


SEGMENTS = ["{t}_subscriber_segment_202601%02d.csv" % day for day in range(1, 5)]  # noqa: UP031  # {t} stays
ANN, BOB, CY, DEE = (f"+1212555010{n}" for n in range(4))


@drops(
    {LISTS[0]: lines("id,pos_id,email", "1,p1,a@x.org", "2,p2,b@x.org")},
    {LISTS[1]: lines("id,pos_id,email", "1,p2,a@x.org", "2,p1,b@x.org")},
    {LISTS[2]: lines("id,pos_id,email", "1,p2,a@x.org", "3,p3,c@x.org")},
)
def test_c02_x05_a_list_of_conflicts_alone_is_held(tenant: Tenant) -> None:
    assert [tenant.job(name)["code"] for name in LISTS[:3]] == [None, "no_accepted_row", None]
    assert effects(tenant)[1] == ("no_accepted_row", 2, 0, 2)
    assert tenant.members("vip") == {"3 c@x.org p3"}, "the third has one row that is accepted"


@drops(
    {
        "{t}_subscribers_20260101.csv": lines("phone,email,opt_in_status", f"{ANN[2:]},,1", f"{BOB[2:]},,1"),
        SEGMENTS[0]: lines(f"{ANN[2:]},vip", f"{BOB[2:]},vip"),
        SEGMENTS[1]: lines(f"{CY[2:]},vip", f"{DEE[2:]},new", f"{BOB[2:]},other"),
        SEGMENTS[2]: lines(f"{DEE[2:]},new"),
        SEGMENTS[3]: lines(f"{DEE[2:]},vip", f"{ANN[2:]},new"),
    },
)
def test_c02_x05_a_list_of_people_who_are_all_ignored_is_held(tenant: Tenant) -> None:
    assert [tenant.job(name)["code"] for name in SEGMENTS] == [None, "held_segment", "no_accepted_row", "held_segment"]
    assert [tenant.members(name) for name in ("vip", "new", "other")] == [{ANN, BOB}, {ANN}, {BOB}]


@drops(
    {LISTS[0]: people([1])},
    {LISTS[1]: people([1, 1, 2, 2])},
    {LISTS[2]: people([])},
    variant="quiet",
)
def test_c02_x05_a_list_of_duplicates_of_which_none_counts_is_held(tenant: Tenant) -> None:
    assert [tenant.job(name)["code"] for name in LISTS[:3]] == [None, "no_accepted_row", "empty_list"]
    assert tenant.members("vip") == {"c1"}


def test_x05_x06_an_empty_list_that_is_allowed_still_has_to_pass_the_guard(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    muster.drop("shop_vip_20260101080000.csv", people(range(100)))
    muster.drop("shop_vip_20260102080000.csv", people([]))
    ran = muster.muster("run")
    assert ran.returncode == 3
    assert "held: empty_list" in ran.stderr
    assert "set allow_empty in the feed, and of a segment of many members guard.max_removed_share: 1" in ran.stderr
    allowed = {"allow_empty": True}
    edit_feed(root, "remarkety__lists", lambda table: table["config"]["meta"].update(allowed))
    muster.drop("shop_vip_20260103080000.csv", people([]))
    ran = muster.muster("run")
    assert "too_many_removed" in ran.stderr
    assert len(vip(muster)) == 100
    as_said = {"guard": {"max_removed_share": 1}}
    edit_feed(root, "remarkety__lists", lambda table: table["config"]["meta"].update(as_said))
    muster.drop("shop_vip_20260104080000.csv", people([]))
    assert muster.muster("run").returncode == 0
    assert vip(muster) == set()
