"""Contract A: several segments per file, no header."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from loaders.feeds.loading import load_feeds

from .installation import LISTS, ROOT, Edits, Installation, Tenant, copy_project, drops, lines, pass_a_day

SUBSCRIBERS = "{t}_subscribers_20260101.csv"
LIST1, LIST2, LIST3 = ("{t}_subscriber_segment_2026010%d.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
PART1, PART2, PART3 = ("{t}_subscriber_segment_20260102_%d.csv" % part for part in (1, 2, 3))  # noqa: UP031
MARKER = "{t}_subscriber_segment_20260102.complete"

ANN, BOB, CLEO, DAN = "2125550101", "2125550102", "2125550103", "2125550104"
OPTED_IN = {SUBSCRIBERS: lines("phone,opt_in_status", *(f"{phone},1" for phone in (ANN, BOB, CLEO, DAN)))}


def phones(*numbers: str) -> set[str]:
    return {"+1" + number for number in numbers}


@drops(OPTED_IN | {LIST1: f"{ANN}, segment 1\n\t{BOB} ,segment 2 \r\n{CLEO},\tsegment 1"})
def test_a01_two_columns_without_a_header_their_cells_trimmed(tenant: Tenant) -> None:
    assert tenant.segments() == {"segment 1", "segment 2"}
    assert tenant.members("segment 1") == phones(ANN, CLEO)
    assert tenant.members("segment 2") == phones(BOB)
    assert tenant.counts(LIST1) == {"line": 3, "accepted": 3, "added": 3}


LIST4_NUMBERED = "{t}_subscriber_segment_20260101_1.csv"


@drops(
    OPTED_IN | {LIST1: f"{ANN},s\n"},
    {LIST4_NUMBERED: f"{BOB},s\n", PART1: f"{CLEO},s\n"},
    {"{t}_subscriber_segment_20260102.csv": f"{DAN},s\n"},
)
def test_a02_the_number_may_be_missing_only_when_one_file_is_sent_for_the_date(tenant: Tenant) -> None:
    assert tenant.job(LIST1)["status"] == "applied"
    for name in (LIST4_NUMBERED, "{t}_subscriber_segment_20260102.csv"):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("rejected", "part_number_conflict")
    assert tenant.job(PART1)["status"] == "waiting"
    assert tenant.members("s") == phones(ANN)


def test_a02_only_names_of_the_pattern_are_taken(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    wrong = (
        "a_subscriber_segment_2026011.csv",
        "a_subscriber_segment_20260101_.csv",
        "a_subscriber_segment_20260101_x.csv",
        "a_subscriber_segment_20260101.CSV",
        "x-a_subscriber_segment_20260101.csv.gz",
    )
    for name in (*wrong, "a_subscriber_segment_20260101_07.csv"):
        muster.drop(name, f"{ANN},s\n")
    report = muster.land()
    assert [landed.path for landed in report.landed] == ["segments/a_subscriber_segment_20260101_07.csv"]
    assert {path for _, path, _ in report.unrecognised} == {f"segments/{name}" for name in wrong}


@drops(
    OPTED_IN | {LIST1: f"{ANN},s\n"},
    {LIST2: f"{BOB},s\nann@x.org,s\n{CLEO},s\n"},
)
def test_a03_a_file_of_phones_and_addresses_is_rejected_whole(tenant: Tenant) -> None:
    job = tenant.job(LIST2)
    assert (job["status"], job["code"]) == ("rejected", "mixed_identifiers")
    assert tenant.counts(LIST2) == {"line": 3, "rejected": 3}
    assert tenant.codes(LIST2) == dict.fromkeys((1, 2, 3), "mixed_identifiers")
    assert tenant.rejected(LIST2)[1][2] == '{"identifier":"ann@x.org","segment_name":"s"}'
    assert tenant.members("s") == phones(ANN)


@drops(
    {LIST1: "Ann@X.org, s\nbob@x.org,s\nnot an address,s\n", LIST2: f"cleo@x.org,s\n{ANN},s\n"},
    variant="count",
)
def test_a03_a_feed_set_to_addresses_takes_addresses(tenant: Tenant) -> None:
    assert tenant.members("s") == {"ann@x.org", "bob@x.org"}
    assert tenant.codes(LIST1) == {3: "invalid_email"}
    assert (tenant.job(LIST2)["status"], tenant.job(LIST2)["code"]) == ("rejected", "mixed_identifiers")


SHAPES = ("1234567890", "123-456-7890", "1123-456-7890", "11234567890")
OTHER_SHAPES = ("123456789", "21234567890", "1-123-456-7890", "+11234567890", "(123)456-7890", "123 456 7890",
                "123-4567890", "123-456-78901", "１２３４５６７８９０")  # noqa: RUF001  # fmt: skip


@drops(
    {SUBSCRIBERS: lines("phone,opt_in_status", "1234567890,1", "0123456789,1")}
    | {
        LIST1: lines(
            *(f"{phone},shape {i}" for i, phone in enumerate(SHAPES)), "0123456789,leading 0", "012-345-6789,dashed"
        ),
        LIST2: lines("1234567890,other", *(f"{phone},other" for phone in OTHER_SHAPES)),
    }
)
def test_a04_four_shapes_of_a_phone_are_one_normal_form_and_no_other_is_taken(tenant: Tenant) -> None:
    for i in range(len(SHAPES)):
        assert tenant.members(f"shape {i}") == {"+11234567890"}
    assert tenant.members("leading 0") == tenant.members("dashed") == {"+10123456789"}
    assert tenant.contact_count == 2
    assert tenant.codes(LIST2) == dict.fromkeys(range(2, 2 + len(OTHER_SHAPES)), "invalid_phone")
    assert [raw for _, _, raw in tenant.rejected(LIST2)] == [
        f'{{"identifier":"{phone}","segment_name":"other"}}' for phone in OTHER_SHAPES
    ]


@drops(
    OPTED_IN
    | {
        LIST1: lines("Phone Number,Segment Name", f"{ANN},vip", f"{BOB},vip"),
        LIST2: lines(f"{ANN},segment", "Phone Number,Segment Name"),
    },
    {LIST3: lines("Mobile,vip", f"{ANN},new")},
)
def test_a10_a_first_line_that_is_a_header_is_named_so_and_names_no_segment(tenant: Tenant) -> None:
    assert tenant.codes(LIST1) == tenant.codes(LIST3) == {1: "looks_like_header"}
    assert tenant.rejected(LIST1)[0][2] == '{"identifier":"Phone Number","segment_name":"Segment Name"}'
    assert tenant.codes(LIST2) == {2: "invalid_phone"}, "only in the first line, and never beside an identifier"
    assert tenant.segments() == {"vip", "new", "segment"}
    assert tenant.members("vip") == phones(ANN, BOB), "the header of the third file is no list of its segment"
    assert [tenant.job(name)["code"] for name in (LIST1, LIST2, LIST3)] == [None, None, None]


def test_a10_people_are_told_to_leave_the_header_out(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)
    muster.drop("acme_subscribers_20260101.csv", lines("phone,opt_in_status", f"{ANN},1"))
    muster.drop("acme_subscriber_segment_20260102.csv", lines("Phone Number,Segment Name", f"{ANN},vip"))
    assert muster.muster("run").returncode == 0
    for command in (("rejected",), ("rejected", "--json"), ("errors", "2")):
        ran = muster.muster(*command)
        assert "Phone Number" in ran.stdout
        assert "looks_like_header: the line names its columns" in ran.stderr
        assert "leave it out" in ran.stderr


LEGAL = ("Summer sale_2026-07", "x" * 64, "0", "--", "_ _")
ILLEGAL = ("sale!", "sale/2026", "été", "a.b", "tab\tinside", "<b>", "'; drop table x")


@drops(
    OPTED_IN
    | {
        LIST1: lines(
            *(f"{ANN},{name}" for name in LEGAL),
            *(f"{ANN},{name}" for name in ILLEGAL),
            f"{ANN},{'y' * 65}",
            f"{ANN},",
        )
    }
)
def test_a05_a_segment_is_created_if_its_name_is_legal(tenant: Tenant) -> None:
    assert tenant.segments() == set(LEGAL)
    first = len(LEGAL) + 1
    assert tenant.codes(LIST1) == {first + i: "invalid_segment_name" for i in range(len(ILLEGAL))} | {
        first + len(ILLEGAL): "segment_name_too_long",
        first + len(ILLEGAL) + 1: "no_segment",
    }


@drops(
    {
        SUBSCRIBERS: lines("phone,email,opt_in_status", f"{ANN},ann@x.org,1", f"{BOB},,0", f"{CLEO},,"),
        LIST1: lines(f"{ANN},s", f"{BOB},s", f"{CLEO},s", f"{DAN},s"),
    },
    {
        "{t}_subscribers_20260102.csv": lines("phone,opt_in_status", f"{BOB},1", f"{ANN},0"),
        LIST2: lines(f"{ANN},s", f"{BOB},s"),
    },
)
def test_a06_who_is_no_opted_in_subscriber_is_ignored_and_counted_apart(tenant: Tenant) -> None:
    assert tenant.counts(LIST1) == {"line": 4, "accepted": 1, "ignored": 3, "added": 1}
    assert tenant.contact("+1" + DAN) is None
    assert tenant.rejected(LIST1) == []
    # As of the entries before the list: Bob opted in and Ann out in the meantime.
    assert tenant.counts(LIST2) == {"line": 2, "accepted": 1, "ignored": 1, "added": 1, "removed": 1}
    assert tenant.members("s") == phones(BOB)


@drops(
    OPTED_IN | {LIST1: lines(f"{ANN},named", f"{BOB},named", f"{ANN},unnamed", f"{BOB},unnamed")},
    {LIST2: lines(f"{BOB},named", f"{CLEO},named")},
)
def test_a07_a_segment_named_in_the_file_is_replaced_and_no_other_is_touched(tenant: Tenant) -> None:
    assert tenant.members("named") == phones(BOB, CLEO)
    assert tenant.spells("named", "+1" + BOB) == [("01-01 00:00", None, None)]
    assert tenant.spells("named", "+1" + ANN) == [("01-01 00:00", "01-02 00:00", "removed")]
    assert tenant.members("unnamed") == phones(ANN, BOB)
    assert tenant.counts(LIST2) == {"line": 2, "accepted": 2, "added": 1, "removed": 1, "unchanged": 1}


@drops(
    OPTED_IN | {LIST1: f"{ANN},s\n"},
    {PART1: f"{BOB},s\n"},
    {PART2: f"{CLEO},s\n{CLEO},t\n"},
    {MARKER: ""},
)
def test_a08_the_parts_of_a_date_are_one_delivery_applied_when_its_marker_is_there(tenant: Tenant) -> None:
    assert tenant.members("s") == phones(BOB, CLEO)
    assert tenant.members("t") == phones(CLEO)
    assert tenant.deliveries("attentive__segments") == [
        ("applied", None), ("waiting", None), ("waiting", None), ("applied", None),
    ]  # fmt: skip
    assert [tenant.job(part)["status"] for part in (PART1, PART2)] == ["applied", "applied"]


@drops(
    OPTED_IN | {LIST1: f"{ANN},s\n{BOB},s\n"},
    {PART1: f"{ANN},s\n", PART2: f"{BOB},s\n", MARKER: ""},
)
def test_a08_parts_that_come_together_with_their_marker_are_applied_once(tenant: Tenant) -> None:
    for who in (ANN, BOB):
        assert tenant.spells("s", "+1" + who) == [("01-01 00:00", None, None)]
    assert [tenant.counts(part) for part in (PART1, PART2)] == [{"line": 1, "accepted": 1, "unchanged": 1}] * 2


@drops(
    OPTED_IN | {LIST1: f"{ANN},s\n"},
    {PART1: f"{BOB},s\n", PART2: f"{CLEO},s\n"},
)
def test_a08_parts_without_their_marker_wait_and_change_nothing(tenant: Tenant) -> None:
    assert [tenant.job(part)["status"] for part in (PART1, PART2)] == ["waiting", "waiting"]
    assert tenant.counts(PART1) == {"line": 1, "accepted": 1}
    assert tenant.members("s") == phones(ANN)


@drops(
    OPTED_IN,
    {PART1: f"{ANN},s\n", PART2: f"{BOB},s\n", MARKER: ""},
    {PART3: f"{CLEO},s\n"},
    {PART1: f"{DAN},s\n{DAN},t\n"},
)
def test_a08_a_late_part_and_a_new_version_of_a_part_apply_the_union_again(tenant: Tenant) -> None:
    assert tenant.members("s") == phones(BOB, CLEO, DAN)
    assert tenant.members("t") == phones(DAN)
    assert tenant.deliveries("attentive__segments")[-2:] == [("applied", None)] * 2
    assert tenant.spells("s", "+1" + BOB) == [("01-02 00:00", None, None)]
    assert tenant.job(PART3)["added_count"] == 1
    assert [job["added_count"] for job in tenant.jobs(PART1)] == [1, 2]


@drops(
    {LIST1: "ann@x.org,s\n"},
    {PART1: "bob@x.org,s\n"},
    {PART1: "bob@x.org,s\ndan@x.org,s\n"},  # a new version of a part is no second part
    {PART2: "cleo@x.org,s\n"},
    variant="count",
)
def test_a08_a_delivery_is_complete_with_the_declared_count_of_parts(tenant: Tenant) -> None:
    assert tenant.deliveries("attentive__segments") == [
        ("applied", None), ("waiting", None), ("waiting", None), ("applied", None),
    ]  # fmt: skip
    assert tenant.members("s") == {"bob@x.org", "cleo@x.org", "dan@x.org"}


@drops(
    {PART1: f"{ANN},s\n"},
    {PART2: f"{BOB},s\n"},
    {},
    {},
    variant="quiet",
)
def test_a08_a_delivery_is_complete_when_no_part_has_come_for_the_quiet_period(tenant: Tenant) -> None:
    assert tenant.members("s") == phones(ANN, BOB)
    assert tenant.deliveries("attentive__segments") == [("waiting", None), ("waiting", None), ("applied", None)]
    (decision,) = tenant.muster.rows("select * from landing.decisions where starts_with(delivery, $t)", t=tenant.name)
    assert (decision["kind"], decision["decided_by"]) == ("close", "muster")
    assert decision["reason"] == "no new part for 1 day, 0:00:00"


def test_a09_a_scheduled_run_picks_a_feed_up_every_24_hours(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home", LISTS)

    def picked_up(day: int) -> list[str]:
        muster.drop(f"acme_subscriber_segment_2026010{day}.csv", f"{ANN},s\n")
        muster.drop(f"shop_vip_2026010{day}080000.csv", "email\nann@x.org\n")
        return [landed.feed for landed in muster.land(scheduled=True).landed]

    assert picked_up(1) == ["attentive__segments", "remarkety__lists"]
    assert picked_up(2) == ["remarkety__lists"]  # which has no schedule
    pass_a_day(muster)
    assert picked_up(3) == ["attentive__segments", "attentive__segments", "remarkety__lists"]
    assert [landed.path for landed in muster.land().landed] == []


def test_c69_a_look_that_found_nothing_uses_up_no_period(tmp_path: Path) -> None:
    muster = Installation(tmp_path / "home")

    def picked_up() -> int:
        return len(muster.land(scheduled=True).landed)

    assert picked_up() == 0
    muster.drop("acme_subscriber_segment_20260101.csv", f"{ANN},s\n")
    assert picked_up() == 1
    muster.drop("acme_subscriber_segment_20260102.csv", f"{ANN},s\n")
    assert picked_up() == 0


def test_c81_only_what_was_listed_in_this_run_is_closed(tmp_path: Path) -> None:
    edits: Edits = {"attentive__segments": {"parts": {"number": "file_number", "quiet": "1 day"}}}
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project", edits))
    muster.drop("acme_subscriber_segment_20260101_1.csv", f"{ANN},s\n")
    assert muster.land(scheduled=True).closed == []
    pass_a_day(muster)
    muster.drop("acme_subscriber_segment_20260101_2.csv", f"{BOB},s\n")
    assert muster.land(only=["remarkety__lists"]).closed == []
    report = muster.land(scheduled=True)  # due, for it could be closed
    assert ([landed.row_count for landed in report.landed], report.closed) == ([1], [])
    pass_a_day(muster)
    assert len(muster.land(scheduled=True).closed) == 1


@drops(
    {LIST1: "ann@x.org,s\n"},
    {LIST2: lines("bob@x.org,s", "cleo@x.org,s", "dan@x.org,s", "eve@x.org,s"), LIST3: "bob@x.org,t\n" * 3},
    variant="count",
)
def test_a09_a_file_of_more_rows_than_the_limit_is_refused(tenant: Tenant) -> None:
    job = tenant.job(LIST2)
    assert (job["status"], job["code"]) == ("rejected", "too_many_rows")
    assert tenant.members("s") == {"ann@x.org"}
    assert tenant.members("t") == {"bob@x.org"}


@pytest.mark.parametrize(("rows", "code"), [(500_000, None), (500_001, "too_many_rows")])
def test_a09_the_limit_is_500000_rows_and_the_period_24_hours(tmp_path: Path, rows: int, code: str | None) -> None:
    (feed,) = (feed for feed in load_feeds(ROOT) if feed.name == "attentive__segments")
    assert feed.every == timedelta(hours=24)
    muster = Installation.ready(tmp_path / "home", LISTS)
    muster.drop("acme_subscriber_segment_20260101.csv", f"{ANN},s\n" * rows)
    (landed,) = muster.land().landed
    assert (landed.refusal_code, landed.row_count) == (code, 0 if code else rows)
