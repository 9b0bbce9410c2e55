"""What holds for all contracts: X1 to X5, X9."""

from __future__ import annotations

from pathlib import Path

from loaders.building.progress import has_pending

from .conftest import Play
from .installation import Installation, Tenant, copy_project, drops, lines

LIST1, LIST2, LIST3 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
SUBSCRIBERS = "{t}_subscribers_20260101.csv"
SEGMENTS1, SEGMENTS2 = ("{t}_subscriber_segment_2026010%d.csv" % day for day in (1, 2))  # noqa: UP031
PART1, PART2 = ("{t}_subscriber_segment_20260102_%d.csv" % part for part in (1, 2))  # noqa: UP031
MARKER = "{t}_subscriber_segment_20260102.complete"
A, B = lines("email,n", "ann@x.org,A"), lines("email,n", "ann@x.org,B", "bob@x.org,B")
ANN, BOB, CLEO, DAN = "2125550101", "2125550102", "2125550103", "2125550104"


@drops(
    {
        SUBSCRIBERS: lines("phone,opt_in_status", f"{ANN},1", f"{BOB},1", "12,1", f"{CLEO},0", f"{ANN},1"),
        SEGMENTS1: lines(f"{ANN},s", f"{BOB},s", f"{CLEO},s", f"{ANN},s", "12,s", f"{ANN}", "", f"{ANN},t", f"{BOB},?"),
        LIST1: lines("id,email", "1,ann@x.org", "2,bob@x.org", "1,", "3", "4,x", '5,"x" y', "", "2,ann@x.org"),
        LIST2: "",
    }
)
def test_x01_every_line_has_exactly_one_outcome(tenant: Tenant, played: Play) -> None:
    assert tenant.counts(SUBSCRIBERS) == {"line": 5, "accepted": 3, "rejected": 1, "duplicate": 1, "created": 3}
    assert tenant.counts(SEGMENTS1) == {
        "line": 8, "accepted": 3, "rejected": 3, "ignored": 1, "duplicate": 1, "added": 3,
    }  # fmt: skip
    assert tenant.codes(SEGMENTS1) == {5: "invalid_phone", 6: "wrong_column_count", 9: "invalid_segment_name"}
    assert tenant.counts(LIST1) == {
        "line": 7, "accepted": 3, "rejected": 2, "duplicate": 2, "added": 3, "created": 3, "dropped_cell": 1,
        "shared_identifier": 1,
    }  # fmt: skip
    assert tenant.codes(LIST1) == {5: "wrong_column_count", 7: "text_after_quote"}
    # And in every file that any test has sent to this installation:
    wrong = tenant.muster.rows(
        """select j.path, j.line_count, j.rejected_count, count(r.line_number) as kept
        from marts.import_jobs as j left join marts.rejected_rows as r using (file_id) group by all
        having any_value(
            accepted_count + j.rejected_count + ignored_count + duplicate_count + filtered_count + suppressed_count
        ) <> j.line_count or kept <> j.rejected_count"""
    )
    assert wrong == []


SAME_CONTACT = lines("id,email,first_name", "1,ann@x.org,First", "1,,Middle", "2,bob@x.org,Bob", ",ann@x.org,Last")


@drops({LIST1: SAME_CONTACT})
def test_x02_the_last_line_of_a_contact_wins(tenant: Tenant) -> None:
    assert tenant.properties("ann@x.org") == {"first_name": "Last"}
    assert tenant.counts(LIST1) == {"line": 4, "accepted": 2, "duplicate": 2, "added": 2, "created": 2}
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org"}


@drops({LIST1: SAME_CONTACT}, variant="count")
def test_x02_or_the_first_line_wins(tenant: Tenant) -> None:
    assert tenant.properties("ann@x.org") == {"first_name": "First"}
    assert tenant.counts(LIST1) == {"line": 4, "accepted": 2, "duplicate": 2, "added": 2, "created": 2}


@drops({LIST1: lines("email", "ann@x.org", "bob@x.org")}, {LIST2: SAME_CONTACT}, variant="quiet")
def test_x02_or_none_of_them_counts(tenant: Tenant) -> None:
    assert tenant.properties("ann@x.org") == {}
    assert tenant.counts(LIST2) == {
        "line": 4,
        "accepted": 1,
        "duplicate": 3,
        "removed": 1,
        "unchanged": 1,
        "updated": 1,
    }
    assert tenant.members("vip") == {"2 bob@x.org"}


@drops(
    {SUBSCRIBERS: lines("phone,opt_in_status", f"{ANN},1", f"{BOB},1")},
    {PART1: lines(f"{ANN},s", f"{BOB},s"), PART2: lines(f"1{ANN},s", f"{ANN},t")},
    {MARKER: ""},
)
def test_x02_the_same_contact_in_two_segments_is_no_duplicate_and_later_parts_come_last(tenant: Tenant) -> None:
    assert tenant.counts(PART1) == {"line": 2, "accepted": 1, "duplicate": 1, "added": 1}
    assert tenant.counts(PART2) == {"line": 2, "accepted": 2, "added": 2}


@drops({LIST1: A, PART1: f"{ANN},s\n"}, {LIST1: A, MARKER: ""}, {MARKER: ""})
def test_after_a_build_nothing_is_pending_whatever_came_last(tenant: Tenant) -> None:
    assert not has_pending(tenant.muster.settings)


@drops(
    {LIST1: lines("id,email,sms_phone_number", "1,ann@x.org,", "2,bob@x.org,", ",,+4912345678")},
    {
        LIST2: lines(
            "id,email,sms_phone_number,first_name",
            "1,bob@x.org,,Ann 2",  # two known contacts: it is about the one with the id
            "2,bob@x.org,,Bob",
            ",ann@x.org,+4912345678,Who?",  # without an id, two contacts
            "3,cleo@x.org,,Cleo",
            "4,cleo@x.org,,Cleo 4",  # 4 is new, and Cleo has an id: somebody else
            "5,dan@x.org,,Dan",
            "5,cleo@x.org,+33123456789,Dan",
        )
    },
    {
        LIST3: lines(
            "id,pos_id,email,sms_phone_number,first_name",
            "6,,,+33123456789,Fay",  # Dan's
            "7,p7,,,Gil",
            "3,p7,hal@x.org,,Who?",  # an id and a pos_id of two contacts
            ",,hal@x.org,,Hal",  # which the conflict has not attached
        )
    },
)
def test_c11_x03_ids_decide_whom_a_row_is_about_and_nothing_is_guessed(tenant: Tenant) -> None:
    assert tenant.codes(LIST2) == {4: "identity_conflict"}
    assert tenant.codes(LIST3) == {4: "identity_conflict"}
    assert tenant.contact("4") != tenant.contact("3") == tenant.contact("cleo@x.org")
    assert tenant.properties("bob@x.org") == {"first_name": "Bob"}
    assert tenant.properties("ann@x.org") == {"first_name": "Ann 2"}
    assert tenant.contact("6") != tenant.contact("+33123456789") == tenant.contact("5")
    assert tenant.members("vip") == {"6", "7 p7", "hal@x.org"}
    assert tenant.counts(LIST2) == {
        "line": 7, "accepted": 5, "rejected": 1, "duplicate": 1, "added": 3, "removed": 1, "unchanged": 2,
        "created": 3, "updated": 2, "shared_identifier": 3,
    }  # fmt: skip
    assert tenant.contact_count == 9


@drops({LIST1: A}, {LIST1: A}, {LIST1: B}, {LIST1: A})
def test_x04_the_same_bytes_are_a_duplicate_and_other_bytes_a_new_version(tenant: Tenant) -> None:
    jobs = tenant.jobs(LIST1)
    assert [job["status"] for job in jobs] == ["applied", "duplicate", "applied", "applied"]
    assert [(job["added_count"], job["removed_count"]) for job in jobs] == [(1, 0), (0, 0), (1, 0), (0, 1)]
    assert jobs[1]["line_count"] == 0
    assert tenant.members("vip") == {"ann@x.org"}
    name = LIST1.format(t=tenant.name)
    assert tenant.changes("ann@x.org") == [("n", None, "A", name), ("n", "A", "B", name), ("n", "B", "A", name)]


@drops({LIST1: A}, {LIST2: A})
def test_x04_a_new_name_with_the_same_bytes_is_a_delivery_of_its_own(tenant: Tenant) -> None:
    assert tenant.job(LIST2)["status"] == "applied"
    assert tenant.counts(LIST2) == {"line": 1, "accepted": 1, "unchanged": 1}


@drops(
    {
        LIST1: lines("email", "ann@x.org"),
        SUBSCRIBERS: lines("phone,opt_in_status", f"{ANN},1"),
        SEGMENTS1: lines(f"{ANN},s", f"{ANN},t"),
    },
    {LIST2: "email,first_name\n", LIST3: "", SEGMENTS2: lines(f"{ANN},s", "12,t")},
)
def test_x05_an_empty_complete_list_is_held(tenant: Tenant) -> None:
    for name in (LIST2, LIST3):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("held", "empty_list")
    assert (tenant.job(SEGMENTS2)["status"], tenant.job(SEGMENTS2)["code"]) == ("applied", "held_segment")
    assert tenant.members("vip") == {"ann@x.org"}
    assert tenant.members("s") == tenant.members("t") == {"+1" + ANN}


@drops({LIST1: lines("email", "ann@x.org")}, {LIST2: "email\n"}, variant="count")
def test_x05_unless_the_feed_allows_it(tenant: Tenant) -> None:
    assert tenant.job(LIST2)["status"] == "applied"
    assert tenant.counts(LIST2) == {"removed": 1}
    assert tenant.members("vip") == set()


@drops({LIST1: lines("email", "ann@x.org")}, {LIST2: ""}, variant="count")
def test_x05_which_holds_for_an_empty_file_too(tenant: Tenant) -> None:
    assert tenant.job(LIST2)["status"] == "applied"
    assert tenant.members("vip") == set()


@drops(
    {
        "{t}-a_vip_20260101080000.csv": lines("email,first_name", "ann@x.org,Ann of a"),
        "{t}-b_vip_20260101080000.csv": lines("email,first_name", "ann@x.org,Ann of b", "bob@x.org,Bob"),
    },
    {"{t}-a_vip_20260102080000.csv": lines("email", "bob@x.org")},
)
def test_x09_tenants_are_walls(tenant: Tenant) -> None:
    a, b = (Tenant(tenant.muster, f"{tenant.name}-{x}") for x in "ab")
    assert a.properties("ann@x.org") == {"first_name": "Ann of a"}
    assert b.properties("ann@x.org") == {"first_name": "Ann of b"}
    assert a.contact("bob@x.org") != b.contact("bob@x.org")
    assert a.members("vip") == {"bob@x.org"}
    assert b.members("vip") == {"ann@x.org", "bob@x.org"}
    assert a.properties("bob@x.org") == {}
    segments = tenant.muster.rows(
        "select segment_id from marts.segments where starts_with(tenant_id, $t)", t=tenant.name
    )
    assert len({segment["segment_id"] for segment in segments}) == 2


def test_x09_a_file_can_only_touch_the_tenants_of_its_feed(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"tenants": ["shop1", "shop2"]}})
    muster = Installation(tmp_path / "home", root)
    for shop in ("shop1", "shop2", "shop3", "Shop1"):
        muster.drop(f"{shop}_vip_20260101080000.csv", lines("email", "ann@x.org"))
    codes = {landed.path: landed.refusal_code for landed in muster.land().landed}
    assert codes == {
        "lists/Shop1_vip_20260101080000.csv": "tenant_not_allowed",
        "lists/shop1_vip_20260101080000.csv": None,
        "lists/shop2_vip_20260101080000.csv": None,
        "lists/shop3_vip_20260101080000.csv": "tenant_not_allowed",
    }
    assert muster.rows("select count(*) as n from landing.remarkety__lists") == [{"n": 2}]
