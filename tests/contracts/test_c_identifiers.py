"""Field cases of normal forms (C13 to C18): one way to write an identifier is as good as another, and two people never
become one."""

from __future__ import annotations

import json

from .installation import Tenant, drops, imported, lines

LIST1, LIST2 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 2))  # noqa: UP031  # {t} stays
PROFILES1, PROFILES2 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2))  # noqa: UP031
IMPORT1, IMPORT2 = ("{t}_import_vip_2026010%d100000.csv" % day for day in (1, 2))  # noqa: UP031
COMPANIES1, COMPANIES2 = ("{t}_companies_2026010%d090000.csv" % day for day in (1, 2))  # noqa: UP031
COMMANDS1, COMMANDS2 = ("{t}_user_segments_2026010%d080000.ndjson" % day for day in (1, 2))  # noqa: UP031
SUBSCRIBERS1, SUBSCRIBERS2 = ("{t}_subscribers_2026010%d.csv" % day for day in (1, 2))  # noqa: UP031
NBSP, ZERO_WIDTH, MARK = "\u00a0", "\u200b", "\ufeff"
KELVIN = "\u212a"


def dropped(tenant: Tenant, name: str) -> set[tuple[int, str, str]]:
    """The dropped cells of the file: line, column, code."""
    found = tenant.rows(
        "select line_number, column_name, code from marts.dropped_cells where $t is not null and file_id = $file",
        file=tenant.job(name)["file_id"],
    )
    return {(row["line_number"], row["column_name"], row["code"]) for row in found}


def identifiers(tenant: Tenant, kind: str) -> set[str]:
    """All identifiers of a kind."""
    found = tenant.rows(
        "select identifier_value from marts.contact_identifiers where tenant_id = $t and identifier_type = $kind",
        kind=kind,
    )
    return {row["identifier_value"] for row in found}


@drops(
    {LIST1: lines("id,first_name", "1,Ann", "2,Bob", "3,Cy"), COMPANIES1: lines("company_id;name", "c1;Acme")},
    {
        LIST2: lines("id,first_name", f"1{NBSP},Ann", f"2{ZERO_WIDTH},Bob", f"{MARK}3,Cy", f"4{NBSP}4,Dee", "5 5,Eve"),
        COMPANIES2: lines("company_id;name", f"{ZERO_WIDTH}c1;Acme 2", "c 2;Bolt"),
        COMMANDS1: json.dumps({"operation": "DELETE", "user_agent_id": "a b", "segment_technical_name": "x"}) + "\n",
        COMMANDS2: json.dumps({"operation": "DELETE", "user_agent_id": f"{MARK}ab", "segment_technical_name": "x"})
        + "\n",
    },
)
def test_c13_what_nobody_sees_is_no_part_of_an_identifier(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"1", "2", "3"}
    assert tenant.codes(LIST2) == {5: "invalid_id", 6: "invalid_id"}
    assert tenant.counts(LIST2) == {"line": 5, "accepted": 3, "rejected": 2, "unchanged": 3}
    assert tenant.codes(COMPANIES2) == {3: "invalid_id"}
    assert tenant.properties("c1") == {"name": "Acme 2"}
    assert tenant.codes(COMMANDS1) == {1: "invalid_id"}
    assert tenant.codes(COMMANDS2) == {}


@drops(
    {LIST1: lines("id,first_name", "1,Ann", f"2,Zoë{NBSP}")},
    {LIST2: lines("id,first_name,birthdate", f"1,{NBSP}{ZERO_WIDTH},{NBSP}", f"2,{NBSP},")},
)
def test_c13_a_cell_in_which_nothing_is_seen_changes_nothing(tenant: Tenant) -> None:
    assert tenant.properties("1") == {"first_name": "Ann"}
    assert tenant.properties("2") == {"first_name": f"Zoë{NBSP}"}, "beside what is seen it stays"
    assert tenant.counts(LIST2) == {"line": 2, "accepted": 2, "unchanged": 2}


@drops({LIST1: lines("id", "caf\u00e9", "1")}, {LIST2: lines("id", "cafe\u0301", "1")})
def test_c13_an_id_is_the_same_however_its_accents_are_written(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"café", "1"}
    assert tenant.counts(LIST2) == {"line": 2, "accepted": 2, "unchanged": 2}


@drops(
    {"{t}_cafe\u0301_20260101060000.csv": lines("id", "1", "2")},
    {"{t}_café_20260102060000.csv": lines("id", "2", "3")},
    {"{t}_cafe\u0301\u00a0_20260103060000.csv": lines("id", "3")},
)
def test_c13_a_name_that_macos_has_written_is_of_the_same_segment(tenant: Tenant) -> None:
    assert tenant.members("café") == {"3"}
    assert set(tenant.segments()) == {"café"}


@drops(
    {
        COMMANDS1: json.dumps(
            {"operation": "UPDATE", "email_hash": "A1b2", "segment_id": "x", "expiration_duration": 0}
        )
        + "\n"
        + json.dumps({"operation": "UPDATE", "email_hash": "ann@x.org", "segment_id": "x", "expiration_duration": 0})
        + "\n"
    }
)
def test_c13_an_address_is_no_hash_of_one(tenant: Tenant) -> None:
    assert tenant.codes(COMMANDS1) == {2: "invalid_id"}
    assert tenant.members("x") == {"a1b2"}


@drops(
    {
        PROFILES1: lines("customer_id;email", "1;ann@x.org"),
        "{t}_orders_20260101090000.csv": lines(
            "order_id;customer_id;ordered_at",
            *(f"{name};1;2026-01-01T08:00:00Z" for name in (f"{MARK}a", f"a{NBSP}", f"b{NBSP}b")),
        ),
        "{t}_order_lines_20260101090000.csv": lines(
            "order_id;product_id",
            *(f"{ZERO_WIDTH}a;{MARK}tea", f"a{NBSP};tea{ZERO_WIDTH}", f"b{NBSP}b;ale{NBSP}1", f"{NBSP};tea"),
        ),
        IMPORT1: imported(
            "email,status", f"ann@x.org,{ZERO_WIDTH}unsubscribed{NBSP}", f"bob@x.org,{NBSP}",
            active_status=True, source_campaign="c", status_column="status",
        ),
    },
)  # fmt: skip
def test_c13_nor_of_the_id_of_an_order_or_a_product_or_of_a_status(tenant: Tenant) -> None:
    found = tenant.rows("select event_id, nested_events from marts.timeline_events where tenant_id = $t")
    told = {row["event_id"]: [one["product_id"] for one in row["nested_events"]] for row in found}
    assert told == {"a": ["tea", "tea"], f"b{NBSP}b": [f"ale{NBSP}1"]}, "inside it is another id"
    assert tenant.counts("{t}_orders_20260101090000.csv") == {"line": 3, "accepted": 2, "duplicate": 1}
    assert tenant.codes("{t}_order_lines_20260101090000.csv") == {5: "no_order"}
    found = tenant.rows("select product_id from marts.products where tenant_id = $t")
    assert {row["product_id"] for row in found} == {"tea", f"ale{NBSP}1"}
    assert tenant.codes(IMPORT1) == {}
    assert tenant.subscriptions("vip") == {"ann@x.org": "inactive", "bob@x.org": "active"}


@drops(
    {
        LIST1: lines("email", "<Ann@X.org>", f"{ZERO_WIDTH}ann@x.org", "mailto:ann@x.org", '"Ann Ash <ann@x.org>"'),
        PROFILES1: lines("email;customer_id", "<ann@x.org>;", f"{ZERO_WIDTH}ann@x.org{NBSP};"),
        IMPORT1: imported("email", "<ann@x.org>", f"{MARK}ann@x.org"),
        SUBSCRIBERS1: lines("phone,email,opt_in_status", ",<ann@x.org>,1", f",ann@x.org{NBSP},1"),
    },
)
def test_c14_an_address_in_brackets_is_the_one_within_in_every_feed(tenant: Tenant) -> None:
    assert tenant.contact_count == 1
    assert tenant.contact("ann@x.org") is not None
    assert [tenant.codes(name) for name in (LIST1, PROFILES1, IMPORT1, SUBSCRIBERS1)] == [{}] * 4


@drops(
    {
        LIST1: lines(
            "email", "k@ex.org", f"{KELVIN}@ex.org", "\u0130stanbul@x.org", "caf\u00e9@x.org", "cafe\u0301@x.org"
        ),
        IMPORT1: imported("email", "K@EX.org", f"{KELVIN}@ex.org", "anna@M\u00dcLLER.de", "anna@mu\u0308ller.de"),
        PROFILES1: lines("email;customer_id", f"{KELVIN}@ex.org;7"),
    },
)
def test_c15_letters_that_look_alike_are_no_others(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"k@ex.org", "caf\u00e9@x.org", "anna@m\u00fcller.de"}
    assert tenant.codes(LIST1) == {3: "invalid_email", 4: "invalid_email"}
    assert tenant.codes(IMPORT1) == {3: "invalid_email"}
    assert dropped(tenant, PROFILES1) == {(2, "email", "invalid_email")}


@drops(
    {
        LIST1: lines("sms_phone_number", "+44 (0)20 7946 0958", "+442079460958", "+44 020 7946 0958"),
        PROFILES1: lines("phone;email", "+44 (0)20 7946 0958;"),
        IMPORT1: imported("email,mobile", "ann@x.org,+44 (0)20 7946 0958", sms={"phone": "mobile", "confirm": True}),
    },
)
def test_c16_the_zero_of_a_trunk_is_none_of_the_number(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"+442079460958", "ann@x.org"}
    (message,) = tenant.rows("select recipient from marts.outbox where tenant_id = $t")
    assert message["recipient"] == "+442079460958"


NOT_OURS = ("13812345678", "3331234567", "0612345678", "+0123456789", "+1 212 555 010")


@drops(
    {
        LIST1: lines("email,sms_phone_number", *(f"p{n}@x.org,{phone}" for n, phone in enumerate(NOT_OURS))),
        PROFILES1: lines("email;phone", *(f"p{n}@x.org;{phone}" for n, phone in enumerate(NOT_OURS))),
        IMPORT1: imported(
            "email,mobile", *(f"p{n}@x.org,{phone}" for n, phone in enumerate(NOT_OURS)), sms={"phone": "mobile"}
        ),
        SUBSCRIBERS1: lines("phone,email,opt_in_status", "212-555-0101,amy@x.org,1"),
    },
)
def test_c17_a_number_without_a_calling_code_is_of_no_country(tenant: Tenant) -> None:
    lines_of = range(2, 2 + len(NOT_OURS))
    assert dropped(tenant, LIST1) == {(line, "sms_phone_number", "invalid_phone") for line in lines_of}
    assert dropped(tenant, PROFILES1) == {(line, "phone", "invalid_phone") for line in lines_of}
    assert dropped(tenant, IMPORT1) == {(line, "mobile", "invalid_sms_phone") for line in lines_of}
    assert identifiers(tenant, "phone") == {"+12125550101"}, "the shapes of A4 are Attentive's"


@drops(
    {
        LIST1: lines("sms_phone_number", "06 12 34 56 78", "+33 6 12 34 56 78", "2125550101", "+1 212 555 0101"),
        PROFILES1: lines("phone;email", "0171 1234567;", "+33 6 12 34 56 78;"),
        IMPORT1: imported("email,mobile", "ann@x.org,347 1234567", sms={"phone": "mobile", "confirm": True}),
    },
    variant="countries",
)
def test_c17_a_feed_says_whose_phones_have_no_calling_code(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"+33612345678", "+12125550101", "ann@x.org"}
    assert tenant.codes(LIST1) == {4: "invalid_phone"}
    assert tenant.contact("+491711234567") is not None
    (message,) = tenant.rows("select recipient from marts.outbox where tenant_id = $t")
    assert message["recipient"] == "+393471234567"


@drops(
    {
        PROFILES1: lines(
            "customer_id;email",
            "1;bob@x.org old",
            "2;ann@x.org (home)",
            "3; cy @ x . org ",
            "4;bob@x.org. Old",
            "5;d e@x.org",
        ),
    },
)
def test_c18_a_word_beside_an_address_does_not_become_part_of_it(tenant: Tenant) -> None:
    assert dropped(tenant, PROFILES1) == {(line, "email", "invalid_email") for line in (2, 3, 5, 6)}
    assert identifiers(tenant, "email") == {"cy@x.org"}
