"""The interpreter against the contracts, by hand: small scenarios whose answers are written out here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from .declared import LISTS, SEGMENTS, SUBSCRIBERS, Feed
from .files import Dropped
from .histories import draw_histories, replay
from .identifiers import international_phone, normal_email, normal_id, normal_phone
from .interpreter import Interpreter
from .reading import read_name as name_of

VIP1, VIP2, VIP3 = (f"shop_vip_2025030{day}000000.csv" for day in (1, 2, 3))
SUBS1, SUBS2 = (f"shop_subscribers_2025030{day}.csv" for day in (1, 2))
SEGS1 = "shop_subscriber_segment_20250301.csv"
MARK1 = "shop_subscriber_segment_20250301.complete"
A, B, C = "2125550001", "2125550002", "2125550003"


def part(number: int) -> str:
    return f"shop_subscriber_segment_20250301_{number}.csv"


def run(interpreter: Interpreter, *files: tuple[str, str]) -> Interpreter:
    """One run of the loader."""
    interpreter.land(
        Dropped("attentive" if "_subscriber" in name else "remarkety", name, text.encode(), 0) for name, text in files
    )
    return interpreter


def runs(*files: tuple[str, str], feeds: tuple[Feed, ...] = (SUBSCRIBERS, SEGMENTS, LISTS)) -> Interpreter:
    """One run for each file."""
    interpreter = Interpreter(feeds)
    for file in files:
        run(interpreter, file)
    return interpreter


def at(day: int) -> datetime:
    return datetime(2025, 3, day, tzinfo=UTC)


def person(interpreter: Interpreter, kind: str, value: str, tenant: str = "shop") -> int:
    return interpreter.identities.owners[tenant, kind, value]


def stays(interpreter: Interpreter, segment: str = "vip") -> dict[tuple[str, int], list[int | None]]:
    """Each contact's e-mail (or else phone) and day of entry, and [file of entry, day and file of exit]."""
    names = {contact: value for (_, kind, value), contact in interpreter.identities.owners.items() if kind != "email"}
    names |= {contact: value for (_, kind, value), contact in interpreter.identities.owners.items() if kind == "email"}
    return {
        (names[spell.contact], spell.entered_at.day): [
            spell.entry[1],
            spell.exited_at.day if spell.exited_at else None,
            spell.exit_file_id,
        ]
        for spell in interpreter.memberships.spells
        if spell.segment == segment
    }


def results(interpreter: Interpreter) -> list[tuple[str, str | None]]:
    return [(file.status, file.code) for file in interpreter.files if not file.name.is_marker]


def outcomes(interpreter: Interpreter, file_id: int) -> dict[int, str]:
    found = interpreter.files[file_id - 1].outcomes
    return {line: code or outcome for line, (outcome, code) in sorted(found.items())}


def members(interpreter: Interpreter, segment: str) -> set[str]:
    inside = interpreter.memberships.members.get(("shop", segment), {})
    return {
        value[2:]
        for (_, kind, value), who in interpreter.identities.owners.items()
        if kind == "phone" and who in inside
    }


def subscribed(*phones: str) -> tuple[str, str]:
    return SUBS1, "phone,email,opt_in_status\n" + "".join(f"{phone},,1\n" for phone in phones)


def test_r2_r3_r4_a_list_removes_adds_and_keeps() -> None:
    end = runs((VIP1, "email\na@x.io\nb@x.io\n"), (VIP2, "email\nb@x.io\nc@x.io\n"), (VIP3, "email\na@x.io\n"))
    assert stays(end) == {
        ("a@x.io", 1): [1, 2, 2],
        ("b@x.io", 1): [1, 3, 3],
        ("c@x.io", 2): [2, 3, 3],
        ("a@x.io", 3): [3, None, None],
    }
    counts = end.files[1].counts
    assert [counts[count] for count in ("added", "removed", "unchanged", "created")] == [1, 1, 1, 1]


def test_r5_absent_columns_and_empty_cells_change_nothing() -> None:
    end = runs(
        (VIP1, "email,first_name,last_name,shoe\na@x.io,Ann,Lee,7\n"),
        (VIP2, "first_name,email,last_name\n,a@x.io,Poe\n"),
    )
    contact = person(end, "email", "a@x.io")
    assert end.contacts.values(contact) == {"first_name": "Ann", "last_name": "Poe", "shoe": "7"}
    assert end.contacts.changes[-1] == ("shop", contact, 2, "last_name", "Lee", "Poe", "remarkety__lists", "set", 2, 2)
    assert end.files[1].counts["updated"] == 1
    assert end.files[0].counts["updated"] == 0


def test_r8_one_run_lands_in_the_order_of_the_names() -> None:
    end = run(Interpreter(), (VIP2, "email\nb@x.io\n"), (VIP1, "email\na@x.io\n"), (SUBS2, ""), (SEGS1, ""))
    assert [file.path for file in end.files] == [SEGS1, VIP1, SUBS2, VIP2]
    assert members(end, "vip") == set()
    assert stays(end) == {("a@x.io", 1): [2, 2, 4], ("b@x.io", 2): [4, None, None]}


def test_r10_r11_the_first_code_that_fits() -> None:
    header = "id,email,sms_phone_number,created_at,opt_in_status,gender,birthdate\n"
    lines = [
        " ,,,x,,,",
        "0,bad,bad,x,2,x,x",
        "NULL,,bad,x,2,x,x",
        "0,-,n/a,,,,",
        "1,bad,bad,2025-01-01,2,x,x",
        "2,,,2025-01-01T00:00:00+01:00,2,x,x",
        "3,,,,0",
        "4,,,,0,female,2024-02-29",
    ]
    end = runs((VIP1, header + "\n".join(lines)))
    assert list(outcomes(end, 1).values()) == [
        "no_identifier",
        "invalid_email",
        "invalid_phone",
        "no_identifier",
        "accepted",
        "accepted",
        "wrong_column_count",
        "accepted",
    ]


def test_r12_superseded_is_before_not_equal_and_leaves_no_trace() -> None:
    end = runs((VIP2, "email\na@x.io\n"), (VIP1, "email,first_name\nb@x.io,Bob\n"), (VIP2, "email\na@x.io\nc@x.io\n"))
    assert results(end) == [("applied", None), ("superseded", None), ("applied", None)]
    assert outcomes(end, 2) == {2: "accepted"}
    assert set(end.identities.owners) == {("shop", "email", "a@x.io"), ("shop", "email", "c@x.io")}


def test_a_superseded_segment_of_an_applied_list_changes_nothing() -> None:
    """Attentive lists here may create contacts, so that a trace would show."""
    feeds = (SUBSCRIBERS, replace(SEGMENTS, subscribers_only=False), LISTS)
    second = "shop_subscriber_segment_20250302.csv"
    end = runs((second, f"{A},vip\n"), (SEGS1, f"{B},vip\n{B},vip\n{C},new\n"), feeds=feeds)
    assert results(end) == [("applied", None)] * 2
    assert (members(end, "vip"), members(end, "new")) == ({A}, {C})
    assert outcomes(end, 2) == {1: "accepted", 2: "accepted", 3: "accepted"}
    assert ("shop", "phone", "+1" + B) not in end.identities.owners


def test_late_deliveries_fill_only_empty_properties() -> None:
    late = ("shop_new_20250301000000.csv", "email,first_name,gender\na@x.io,Old,female\n")
    end = runs((VIP2, "email,first_name\na@x.io,New\n"), late)
    assert end.contacts.values(person(end, "email", "a@x.io")) == {"first_name": "New", "gender": "female"}
    assert results(end)[1] == ("applied", None)


def test_a1_a5_cells_are_trimmed_and_names_checked() -> None:
    text = f"{A}, segment 1\n{A},a/b\n{A},{'x' * 65}\n{A},\n,segment 1\n"
    text += f"12,segment 1\n{A},{'x' * 64}\n{A}\n{A},s,t\n"
    end = runs(subscribed(A), (SEGS1, text))
    assert list(outcomes(end, 2).values()) == [
        "accepted",
        "invalid_segment_name",
        "segment_name_too_long",
        "no_segment",
        "no_identifier",
        "invalid_phone",
        "accepted",
        "wrong_column_count",
        "wrong_column_count",
    ]
    assert members(end, "segment 1") == {A}


def test_a10_a_first_line_that_names_its_columns_is_a_header_and_names_no_segment() -> None:
    end = runs(subscribed(A), (SEGS1, f"Phone Number,Segment Name\n{A},vip\nPhone,vip 2\n"))
    assert outcomes(end, 2) == {1: "looks_like_header", 2: "accepted", 3: "invalid_phone"}
    assert results(end)[1] == ("applied", None)
    for first, code in (
        ("Customer, SEGMENT ", "looks_like_header"),
        ("e-mail_ADDRESS,a/b", "looks_like_header"),
        ("99,segment", "invalid_phone"),
        (",segment", "no_identifier"),
        (f"{A},segment", "accepted"),
    ):
        assert outcomes(runs(subscribed(A), (SEGS1, f"{first}\n{A},vip\n")), 2) == {1: code, 2: "accepted"}


def test_a3_a_file_that_mixes_is_rejected_whole() -> None:
    end = runs(subscribed(A), (SEGS1, f"{A},vip\na@x.io,vip\n1,vip\n"))
    assert results(end)[1] == ("rejected", "mixed_identifiers")
    assert outcomes(end, 2) == {1: "mixed_identifiers", 2: "mixed_identifiers", 3: "invalid_phone"}
    assert not end.memberships.spells


@pytest.mark.parametrize(
    ("cell", "normal"),
    [
        ("1234567890", "+11234567890"),
        ("123-456-7890", "+11234567890"),
        ("11234567890", "+11234567890"),
        ("1123-456-7890", "+11234567890"),
        ("0234567890", "+10234567890"),
        ("1-123-456-7890", None),
        ("123-4567890", None),
        ("21234567890", None),
        ("+11234567890", None),
        ("١٢٣٤٥٦٧٨٩٠", None),
    ],
)
def test_a4_phone_shapes(cell: str, normal: str | None) -> None:
    assert normal_phone(cell) == normal


def test_normal_forms() -> None:
    assert international_phone("+1 (234) 567-89.01") == "+12345678901"
    assert international_phone("\u200b+44 (0)20 7946 0958\u00a0") == "+442079460958"
    assert [international_phone(cell) for cell in ("+123456", "+0123456789", "5550000001", "+1 155 000 0001")] == [
        None
    ] * 4
    assert international_phone("1234567") is None
    assert normal_email("A@X.io") == "a@x.io"
    assert normal_email("\u200b<Mailto: e\u0301@X.io> ") == "é@x.io"
    assert [normal_id(cell) for cell in ("\ufeff1\u00a0", "\u200b", "1 1")] == ["1", None, None]
    assert [normal_email(cell) for cell in ("a@x", "a@@x.io", "a b@x.io", "@x.io", "\u212a@x.io")] == [None] * 5


def test_a6_only_opted_in_subscribers_count() -> None:
    subscribers = (SUBS1, f"email,phone,opt_in_status\n,{A},1\n,{B},0\na@x.io,2125550004,\n")
    segments = (SEGS1, f"{A},vip\n{B},vip\n{C},vip\n2125550004,vip\n")
    end = runs(subscribers, segments, (SUBS2, f"phone,opt_in_status\n{A},0\n"))
    assert outcomes(end, 2) == {1: "accepted", 2: "ignored", 3: "ignored", 4: "ignored"}
    assert members(end, "vip") == {A}  # opting out alone removes nobody
    run(end, ("shop_subscriber_segment_20250303.csv", f"{A},vip\n"))
    assert outcomes(end, 4) == {1: "accepted"}  # what the row says alone: the list is held
    assert members(end, "vip") == {A}
    run(end, ("shop_subscribers_20250304.csv", f"phone,opt_in_status\n{B},1\n"))
    run(end, ("shop_subscriber_segment_20250305.csv", f"{A},vip\n{B},vip\n"))
    assert outcomes(end, 6) == {1: "ignored", 2: "accepted"}
    assert members(end, "vip") == {B}
    assert ("shop", "phone", "+1" + C) not in end.identities.owners


def test_a7_segments_that_are_not_named_are_untouched() -> None:
    end = runs(
        subscribed(A, B),
        (SEGS1, f"{A},vip\n{A},new\n"),
        ("shop_subscriber_segment_20250302.csv", f"{B},vip\n"),
    )
    assert (members(end, "vip"), members(end, "new")) == ({B}, {A})


def test_a8_parts_wait_for_the_marker_and_late_parts_open_again() -> None:
    end = runs(subscribed(A, B, C), (part(1), f"{A},vip\n"), (part(2), f"{B},vip\n"))
    assert [status for status, _ in results(end)] == ["applied", "waiting", "waiting"]
    assert outcomes(end, 2) == {1: "accepted"}
    run(end, (MARK1, ""))
    assert members(end, "vip") == {A, B}
    assert end.memberships.spells[0].entry == (4, 2, 1)
    run(end, (part(3), f"{C},vip\n{A},vip\n"))
    assert members(end, "vip") == {A, B, C}
    assert outcomes(end, 2) == {1: "duplicate"}
    assert outcomes(end, 5) == {1: "accepted", 2: "accepted"}
    run(end, (part(2), f"{A},new\n"))
    assert members(end, "vip") == {A, C}
    assert end.memberships.spells[1].exit_file_id == 6
    assert outcomes(end, 3) == {1: "accepted"}  # as of the last application it took part in
    # Each as of the last application that the version took part in: file 3 in the second, file 5 in the third.
    assert [end.files[i - 1].counts["unchanged"] for i in (2, 3, 5, 6)] == [0, 1, 2, 0]


def test_a8_a_removal_belongs_to_the_last_file_and_a_second_marker_does_nothing() -> None:
    vip = "shop_vip_20250301000000.csv"
    end = runs(subscribed(A, B), (vip, f"sms_phone_number\n+1{A}\n"), (part(1), f"{B},vip\n"), (MARK1, ""))
    assert (end.memberships.spells[0].exit_log_id, end.memberships.spells[0].exit_file_id) == (4, 3)
    run(end, (vip, f"sms_phone_number\n+1{B}\n+1{A}\n"), (MARK1, "again"))
    assert members(end, "vip") == {A, B}
    run(end, (MARK1, "and again"))
    assert members(end, "vip") == {A, B}


def test_a8_a_part_that_mixes_holds_the_delivery_until_it_is_sent_again() -> None:
    end = runs(subscribed(A), (MARK1, ""), (part(1), f"{A},vip\n"), (part(2), "a@x.io,vip\n"))
    assert results(end)[1:] == [("applied", None), ("held", "mixed_identifiers")], "what a job did stays (C92)"
    assert outcomes(end, 3) == {1: "accepted"}
    assert outcomes(end, 4) == {1: "mixed_identifiers"}
    assert members(end, "vip") == {A}
    run(end, (part(2), f"{A},new\n"))
    assert results(end)[1:] == [("applied", None), ("held", "mixed_identifiers"), ("applied", None)]
    assert members(end, "new") == {A}


def test_a8_count_and_quiet() -> None:
    count = replace(SEGMENTS, parts="count", part_count=2)
    end = runs(subscribed(A, B), (part(1), f"{A},vip\n"), (part(1), f"{B},vip\n"), feeds=(SUBSCRIBERS, count, LISTS))
    assert not end.memberships.spells
    run(end, (part(2), f"{A},new\n"))
    assert (members(end, "vip"), members(end, "new")) == ({B}, {A})

    quiet = replace(SEGMENTS, parts="quiet")
    end = runs(subscribed(A, B), (part(1), f"{A},vip\n"), feeds=(SUBSCRIBERS, quiet, LISTS))
    assert results(end)[1] == ("waiting", None)
    name = name_of(quiet, part(1))
    assert name is not None
    end.close(quiet, name)
    assert end.memberships.spells[0].entry == (3, 2, 1)
    run(end, (part(2), f"{B},vip\n"))
    assert members(end, "vip") == {A}
    end.close(quiet, name)
    assert members(end, "vip") == {A, B}


@pytest.mark.parametrize("first", [SEGS1, part(1)])
def test_a2_the_first_form_wins(first: str) -> None:
    second = part(1) if first == SEGS1 else SEGS1
    end = runs(subscribed(A), (MARK1, ""), (first, f"{A},vip\n"), (second, f"{A},new\n1,new\n"))
    assert results(end)[1:] == [("applied", None), ("rejected", "part_number_conflict")]
    assert outcomes(end, 4) == {1: "part_number_conflict", 2: "invalid_phone"}
    assert (members(end, "vip"), members(end, "new")) == ({A}, set())


@pytest.mark.parametrize(
    ("rule", "name", "lines"),
    [
        ("last", "Bob", ["duplicate", "accepted", "accepted"]),
        ("first", "Ann", ["accepted", "accepted", "duplicate"]),
        ("reject_all", None, ["duplicate", "accepted", "duplicate"]),
    ],
)
def test_x2_duplicates(rule: str, name: str | None, lines: list[str]) -> None:
    text = "email,first_name,id\na@x.io,Ann,1\nb@x.io,Cid,2\nA@X.io,Bob,\n"
    end = runs((VIP1, text), feeds=(SUBSCRIBERS, SEGMENTS, replace(LISTS, on_duplicate=rule)))
    assert list(outcomes(end, 1).values()) == lines
    contact = person(end, "email", "a@x.io")
    assert end.contacts.values(contact).get("first_name") == name
    assert contact == 1 * 2**32 + 2
    assert person(end, "id", "1") == contact


def test_x3_two_owners_are_a_conflict_that_attaches_nothing() -> None:
    end = runs(
        (VIP1, "id,pos_id,email\n1,,\n,9,a@x.io\n"),
        (VIP2, "id,pos_id,email\n1,9,b@x.io\n1,8,\n"),
        (VIP3, "email,sms_phone_number\na@x.io,\n,+15550000001\na@x.io,+15550000001\n"),
    )
    assert outcomes(end, 2) == {2: "identity_conflict", 3: "accepted"}
    assert outcomes(end, 3) == {2: "accepted", 3: "accepted", 4: "identity_conflict"}
    one = person(end, "id", "1")
    assert person(end, "pos_id", "8") == one
    assert person(end, "pos_id", "9") == person(end, "email", "a@x.io") != one
    assert ("shop", "email", "b@x.io") not in end.identities.owners


def test_c11_an_id_decides_and_an_address_stays_with_its_first_owner() -> None:
    end = runs(
        (VIP1, "id,pos_id,email\n,,fam@x.io\n1,,fam@x.io\n2,,fam@x.io\n"),
        (VIP2, "id,pos_id,email\n2,,b@x.io\n1,7,b@x.io\n1,8,\n"),
    )
    one, two = person(end, "id", "1"), person(end, "id", "2")
    assert one == person(end, "email", "fam@x.io") == person(end, "pos_id", "7") == 1 * 2**32 + 2
    assert two == person(end, "email", "b@x.io") != one
    assert end.identities.shared == {
        (("shop", "email", "fam@x.io"), two): (one, 1, 4),
        (("shop", "email", "b@x.io"), one): (two, 2, 3),
        (("shop", "pos_id", "8"), one): (None, 2, 4),
    }


def test_x3_one_row_links_what_later_rows_name_apart() -> None:
    end = runs((VIP1, "id,pos_id,email\n1,1,a@x.io\n,,a@x.io\n,1,\n2,,\n"))
    assert list(outcomes(end, 1).values()) == ["duplicate", "duplicate", "accepted", "accepted"]
    assert person(end, "id", "1") == person(end, "pos_id", "1") != person(end, "id", "2")


def test_x4_same_bytes_are_a_duplicate_and_a_b_a_three_versions() -> None:
    one, two = "email\na@x.io\n", "email\nb@x.io\n"
    end = runs((VIP1, one), (VIP1, one), (VIP1, two), (VIP1, one), (VIP2, one))
    assert [status for status, _ in results(end)] == ["applied", "duplicate", "applied", "applied", "applied"]
    assert stays(end)[("a@x.io", 1)] == [4, None, None]
    assert not end.files[1].outcomes
    assert end.files[4].counts["unchanged"] == 1


def test_x5_a_list_without_a_valid_row_is_held_whatever_it_allows() -> None:
    end = runs((VIP1, "email\na@x.io\n"), (VIP2, "email\nbad\n"))
    assert results(end)[1] == ("held", "no_valid_row")
    assert stays(end) == {("a@x.io", 1): [1, None, None]}


def test_x6_a_time_far_ahead_is_held() -> None:
    end = runs((VIP1.replace("2025", "2062"), "email\na@x.io\n"), (VIP2, "email\na@x.io\n"))
    assert sorted(results(end)) == [("applied", None), ("held", "too_far_ahead")]


@pytest.mark.parametrize("text", ["", "email\n", "\n"])
def test_x5_an_empty_list_is_held(text: str) -> None:
    end = runs((VIP1, "email\na@x.io\n"), (VIP2, text))
    assert results(end)[1] == ("held", "empty_list")
    assert stays(end) == {("a@x.io", 1): [1, None, None]}


@pytest.mark.parametrize("allow_empty", [False, True])
def test_x5_a_segment_without_a_valid_row_holds_its_list_alone(allow_empty: bool) -> None:
    feeds = (SUBSCRIBERS, replace(SEGMENTS, allow_empty=allow_empty), LISTS)
    end = runs(subscribed(A), (SEGS1, f"{A},vip\n1,new\n"), feeds=feeds)
    assert results(end)[1] == ("applied", None)
    assert outcomes(end, 2) == {1: "accepted", 2: "invalid_phone"}
    assert end.tables()["segments"] == {("shop", "vip")}
    later = SEGS1.replace("20250301", "20250302")
    run(end, (later, f"{A},new\n1,vip\n"))
    assert results(end)[2] == ("applied", "held_segment")
    assert (members(end, "vip"), members(end, "new")) == ({A}, {A})
    assert end.held == {(3, "vip"): ("shop", "attentive__segments", "no_valid_row", 3, 2)}


@pytest.mark.parametrize(
    ("text", "code"),
    [("first_name\nAnn\n", "missing_column"), ("email,id,email\na@x.io,1,a@x.io\n", "duplicate_column")],
)
def test_a_refused_file_has_no_rows(text: str, code: str) -> None:
    end = runs((VIP1, text), (VIP1, text))
    assert results(end) == [("rejected", code), ("duplicate", None)]
    assert not end.files[0].rows


def test_x9_tenants_are_walls() -> None:
    end = runs((VIP1, "email\na@x.io\n"), ("mart_vip_20250301000000.csv", "email\na@x.io\n"))
    assert person(end, "email", "a@x.io") != person(end, "email", "a@x.io", "mart")
    assert len(end.memberships.spells) == 2
    assert end.memberships.spells[0].exited_at is None


def test_line_numbers_are_those_of_the_first_physical_line() -> None:
    end = runs((VIP1, '\ufeffemail,first_name\r\n\r\na@x.io,"two\r\nlines"\r\nbad,\r\n\r\nb@x.io,x'))
    assert outcomes(end, 1) == {3: "accepted", 5: "invalid_email", 7: "accepted"}
    assert end.contacts.values(2**32 + 3) == {"first_name": "two\r\nlines"}


@pytest.mark.proof
def test_x1_every_line_of_random_histories_has_one_outcome() -> None:
    histories = draw_histories(300, from_seed=1)
    end = replay(histories)
    for job in end.tables()["import_jobs"]:
        lines, *counts = job[6:12]
        assert lines == sum(count for count in counts if isinstance(count, int))
    seen = {(file.feed.name, file.status, file.code) for file in end.files}
    for feed in ("remarkety__lists", "attentive__segments"):
        assert {(feed, status, None) for status in ("applied", "superseded", "duplicate")} <= seen
    assert {
        ("remarkety__lists", "held", "empty_list"),
        ("attentive__segments", "held", "rejected_part"),
        ("attentive__segments", "waiting", None),
    } <= seen
    assert sum(spell.exited_at is not None for spell in end.memberships.spells) > 20
    assert any(code == "identity_conflict" for file in end.files for _, code in file.outcomes.values())
