"""BlueConic: profiles by merge rules how they are written, compared, processed and counted (B4, B6, B7, B11)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .installation import Tenant, drops, lines

DAY1, DAY2, DAY3 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
LIST2 = "{t}_vip_20260102070000.csv"
"""A list of another feed, between the profiles of the first day and those of the second."""
ANN, BOB, CY = (f"{name}@x.org" for name in ("ann", "bob", "cy"))


@drops(
    {
        DAY1: lines(
            "customer_id;email;loyalty_points;interests;birthdate;note",
            '1;ann@x.org;1234567,5;tea | green tea||tea|;31.12.1999;"a;b ""c"" é ✓"',
            '2;bob@x.org;1.234,5;"a;b|c";29.02.2024;a,b',
            '3;cy@x.org;"-0,250";;;" "',
            "4;dan@x.org;;;1999-12-31;",
            "5;eve@x.org;;;31.12.99;",
            "6;fay@x.org;;;31.02.1999;",
        )
    }
)
def test_b04_separators_quotes_decimal_comma_lists_and_dates(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {
        "loyalty_points": "1234567.5",
        "interests": "tea; green tea",
        "birthdate": "1999-12-31",
        "crm_note": 'a;b "c" é ✓',
    }
    # With a decimal comma, a number with a point is none.
    assert tenant.properties(BOB) == {"interests": "a;b; c", "birthdate": "2024-02-29", "crm_note": "a,b"}
    assert tenant.properties(CY) == {"loyalty_points": "-0.25"}
    assert tenant.column("loyalty_points", ANN) == Decimal("1234567.5")
    assert tenant.column("interests", ANN) == ["tea", "green tea"]
    assert tenant.column("birthdate", ANN) == date(1999, 12, 31)
    assert tenant.column("interests", CY) is None
    assert tenant.codes(DAY1) == {}
    assert tenant.dropped(DAY1) == {(3, "loyalty_points"): "invalid_loyalty_points"} | {
        (line, "birthdate"): "invalid_birthdate" for line in (5, 6, 7)
    }


@drops(
    {
        DAY1: lines(
            "customer_id,email,loyalty_points,interests,birthdate,note",
            "1,ann@x.org,1.5,'tea;ale, bitter',1999-12-31,'it''s \"it\"'",
            "2,bob@x.org,'1,5',a|b,1999-12-31T23:30:00-05:00,a\\b",
            "3,cy@x.org,,,31.12.1999,",
            "4,dee@x.org,,,19991231,",
        )
    },
    variant="count",
)
def test_b04_another_separator_and_quote_a_decimal_point_and_automatic_dates(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {
        "loyalty_points": "1.5",
        "interests": "tea; ale, bitter",
        "birthdate": "1999-12-31",
        "crm_note": 'it\'s "it"',
    }
    assert tenant.properties(BOB) == {"interests": "a|b", "birthdate": "1999-12-31", "crm_note": "a\\b"}
    assert tenant.column("interests", BOB) == ["a|b"]
    assert tenant.column("birthdate", "dee@x.org") == date(1999, 12, 31)
    assert tenant.dropped(DAY1) == {
        (3, "loyalty_points"): "invalid_loyalty_points",
        (4, "birthdate"): "invalid_birthdate",
    }


@drops(
    {
        "{t}_who_20260101070000.csv": lines("email", ANN, BOB),
        DAY1: lines(
            "customer_id;email;birthdate;interests;note",
            '1;ann@x.org;12/31/1999;tea|ale;"a\\;b',
            '2;bob@x.org;31/12/1999;;"c"',
        ),
    },
    variant="quiet",
)
def test_b04_no_quote_but_an_escape_and_no_lists(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {"birthdate": "1999-12-31", "interests": "tea|ale", "crm_note": '"a;b'}
    assert tenant.dropped(DAY1) == {(3, "birthdate"): "invalid_birthdate"}
    assert tenant.properties(BOB) == {"crm_note": '"c"'}


HOSTILE = (
    "-0",
    "1e3",
    "+5",
    "0x10",
    "NaN",
    "inf",
    ",5",
    "5,",
    "1,5,0",
    "1234567890123456789",
    "0,1234567890",
    "١٢",
    "1_0",
)


@drops(
    {
        DAY1: lines(
            "customer_id;email;loyalty_points;interests;select",
            *(f"{n};p{n}@x.org;{cell};;x" for n, cell in enumerate(HOSTILE)),
            '90;ann@x.org;999999999999999999,999999999;\x1f;"\'; drop table contacts --"',
            f"91;bob@x.org;{'9' * 30};a\x1fb||a;\x1f",
            "92;cy@x.org;;|;null",
        )
    },
    {
        DAY2: lines(
            "customer_id;email;loyalty_points;interests",
            "90;ann@x.org;0,000000001;tea",
            "91;bob@x.org;1;\x1f",
        )
    },
)
def test_b04_b08_cells_that_are_no_numbers_and_lists_with_nothing_in_them(tenant: Tenant) -> None:
    found = {cell: tenant.properties(f"p{n}@x.org").get("loyalty_points") for n, cell in enumerate(HOSTILE)}
    assert {cell: value for cell, value in found.items() if value} == {"-0": "0", "+5": "5"}
    assert tenant.properties(ANN) == {
        "loyalty_points": "1000000000000000000",
        "interests": "tea",
        "crm_select": "'; drop table contacts --",
    }
    assert tenant.properties(BOB)["interests"] == "a; b"
    assert tenant.properties(BOB)["loyalty_points"] == "1"
    assert tenant.properties(CY) == {"crm_select": "null"}
    assert tenant.codes(DAY1) == {}


TWICE = (
    {
        DAY1: lines(
            "customer_id;email;first_name;loyalty_points;interests;size",
            "1;ann@x.org;Ann;5;tea;S",
            "2;bob@x.org;Bob;5;tea;S",
        )
    },
    {LIST2: lines("email,first_name", "ann@x.org,Anna"), DAY2: lines(
            "size;customer_id;email;first_name;loyalty_points;interests", "M;1;ann@x.org;Ann;5;tea"
        )},
)  # fmt: skip


@drops(*TWICE)
def test_b06_delta_off_only_the_cells_that_differ_from_the_last_import_are_applied(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {
        "first_name": "Anna",  # as the list of the other feed set it; the profiles say the same as before
        "loyalty_points": "5",
        "interests": "tea",
        "crm_size": "M",
    }
    assert tenant.changes_of("loyalty_points", ANN) == [(None, "5", "sum", DAY1.format(t=tenant.name), 2)]
    assert tenant.properties(BOB)["first_name"] == "Bob"
    assert tenant.counts(DAY2) == {"line": 1, "accepted": 1, "updated": 1}


@drops(
    *({name: text.replace(";", ",") for name, text in day.items()} for day in TWICE),
    variant="count",
)
def test_b06_delta_on_every_row_is_applied(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {"first_name": "Ann", "loyalty_points": "10", "interests": "tea", "crm_size": "M"}
    assert tenant.properties(BOB) == {"first_name": "Bob", "loyalty_points": "5", "interests": "tea", "crm_size": "S"}
    assert tenant.counts(DAY2) == {"line": 1, "accepted": 1, "updated": 1}


POINTS = lines("customer_id,loyalty_points", "1,5")


@drops({DAY1: POINTS}, {DAY1: POINTS}, {DAY2: POINTS}, variant="count")
def test_b06_x04_a_delta_file_that_is_there_again_is_not_summed_again_but_one_with_a_new_name_is(
    tenant: Tenant,
) -> None:
    assert [job["status"] for job in tenant.jobs(DAY1)] == ["applied", "duplicate"]
    assert tenant.properties("1") == {"loyalty_points": "10"}


@drops(
    {DAY1: lines("customer_id;loyalty_points;size", "1;5;S")},
    {DAY1: lines("customer_id;loyalty_points;size", "1;7;S"), DAY2: lines("customer_id;loyalty_points", "1;7")},
    {DAY3: lines("customer_id;loyalty_points;size", "1;7;S", "1;8;S")},
)
def test_b06_delta_off_is_about_the_last_row_of_the_contact_in_the_order_of_the_log(tenant: Tenant) -> None:
    # 5, then 7 in a new version of the file, then the same, and of the two rows of the last file the last.
    who, (day1, day3) = "1", (name.format(t=tenant.name) for name in (DAY1, DAY3))
    assert tenant.changes_of("loyalty_points", who) == [
        (None, "5", "sum", day1, 2),
        ("5", "12", "sum", day1, 2),
        ("12", "20", "sum", day3, 3),
    ]
    assert tenant.counts(DAY2) == {"line": 1, "accepted": 1, "unchanged": 1}
    assert tenant.counts(DAY3) == {"line": 2, "accepted": 1, "duplicate": 1, "updated": 1}


@drops(
    {
        DAY1: lines(
            "customer_id;email;phone;first_name", ";;;Nobody", ' ;"";  ;Nobody', ";ann@x.org;;Ann", "0;;NULL;Zero"
        )
    },
)
def test_b07_rows_without_identifier_are_left_out_and_counted(tenant: Tenant) -> None:
    assert tenant.counts(DAY1) == {"line": 4, "filtered": 3, "accepted": 1, "created": 1}
    assert tenant.contact_count == 1
    assert tenant.contact("0") is None
    assert tenant.rejected(DAY1) == []


@drops(
    {DAY1: lines("customer_id;email;first_name", "1;ann@x.org;Ann", "2;;Bob", ";;Nobody")},
    {LIST2: lines("email", ANN), DAY2: lines("customer_id;email;first_name", "1;ann@x.org;Anna", "2;;Bob")},
    {DAY3: lines("customer_id;email;first_name", "1;;Annabel", ";ann@x.org;Last")},
    variant="quiet",
)
def test_b07_with_creation_off_the_unknown_are_ignored_until_another_feed_knows_them(tenant: Tenant) -> None:
    assert tenant.counts(DAY1) == {"line": 3, "ignored": 2, "filtered": 1}
    assert tenant.counts(DAY2) == {"line": 2, "accepted": 1, "ignored": 1, "updated": 1}
    # The row of the second day attached its id; of two rows of one contact this variant takes the first.
    assert tenant.counts(DAY3) == {"line": 2, "accepted": 1, "duplicate": 1, "updated": 1}
    assert tenant.properties(ANN) == {"first_name": "Annabel"}
    assert (tenant.contact("2"), tenant.contact_count) == (None, 1)


@drops(
    {
        DAY1: lines(
            "customer_id;email;first_name;last_name",
            "1;Ann Ash <mailto:Ann@X.org>;  aNN   MARIE ;o'hara-smith",
            "2;mailto: bob @x.org;élodie;ÅNGSTRÖM",
            "3;cy@x,org;;",
            "4;test@EXAMPLE.invalid;Test;",
            ";<tester@example.invalid>;Test;",
            "5;eve@example.invalid.org;Eve;",
            ";;;",
            ";mailto:;Nobody;",
        )
    }
)
def test_b11_cells_are_processed_and_rows_filtered_before_anything_else(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {"first_name": "Ann Marie", "last_name": "O'Hara-Smith"}
    assert tenant.properties(BOB) == {"first_name": "Élodie", "last_name": "Ångström"}
    assert tenant.codes(DAY1) == {9: "invalid_email"}
    assert tenant.dropped(DAY1) == {(4, "email"): "invalid_email"}
    assert tenant.contact("eve@example.invalid.org") is not None
    assert tenant.contact("4") is None
    assert tenant.counts(DAY1) == {
        "line": 7, "accepted": 4, "rejected": 1, "filtered": 2, "created": 4, "dropped_cell": 1,
    }  # fmt: skip


@drops(
    {DAY1: lines("customer_id;email;size", "1;ann@x.org;S", "2;bob@x.org;S", "3;cy@x.org;S")},
    {
        DAY2: lines(
            "customer_id;email;size", "1;;M", ";bob@x.org;S", "4;;S", ";;S", "5;bad;S", ";bad;S", "3;;L", ";cy@x.org;XL"
        )
    },
)
def test_b15_the_job_counts_what_was_processed_created_updated_unchanged_and_filtered(tenant: Tenant) -> None:
    assert tenant.counts(DAY1) == {"line": 3, "accepted": 3, "created": 3}
    assert tenant.counts(DAY2) == {
        "line": 8,
        "accepted": 5,
        "duplicate": 1,
        "rejected": 1,
        "filtered": 1,
        "dropped_cell": 1,
        "created": 2,
        "updated": 2,
        "unchanged": 1,
    }


@drops(
    {DAY1: lines("customer_id;email;phone;loyalty_points", "1;;;5", "1;ann@x.org;;7", ";ann@x.org;+1 212 555-0101;9")}
)
def test_x02_of_several_rows_of_one_profile_the_last_counts(tenant: Tenant) -> None:
    assert tenant.properties("+12125550101") == {"loyalty_points": "9"}
    assert tenant.counts(DAY1) == {"line": 3, "accepted": 1, "duplicate": 2, "created": 1}
    assert tenant.contact_count == 1


@drops(
    {DAY1: lines("customer_id;email;phone", "1;;", ";ann@x.org;", ";;+1 212 555 0101")},
    {
        DAY2: lines(
            "customer_id;email;phone;size",
            *("1;ann@x.org;;S", "2;ann@x.org;;M", ";bob@x.org;+12125550101;L", ";ann@x.org;+12125550101;XL"),
        )
    },
)
def test_c11_x03_an_id_decides_whose_a_profile_is_and_two_addresses_are_a_conflict(tenant: Tenant) -> None:
    assert tenant.codes(DAY2) == {5: "identity_conflict"}
    assert tenant.contact("2") == tenant.contact(ANN) != tenant.contact("1")
    assert tenant.contact(BOB) == tenant.contact("+12125550101")
    assert (tenant.properties(ANN), tenant.properties("1")) == ({"crm_size": "M"}, {"crm_size": "S"})
    assert tenant.job(DAY2)["shared_identifier_count"] == 1
