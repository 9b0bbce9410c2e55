"""BlueConic: merge rules and the mapping of columns (B8, B9)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from .installation import Installation, Tenant, copy_project, drops, lines, write_merge_rules

DAY1, DAY2, DAY3 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
LIST2 = "{t}_vip_20260102070000.csv"
"""A list of another feed, between the profiles of the first day and those of the second."""
ANN, BOB = "ann@x.org", "bob@x.org"


HEADER = "customer_id;first_name;birthdate;loyalty_points;interests;size"
RULED = (
    {DAY1: lines(HEADER, "1;Ann;;5;tea;S")},
    {DAY2: lines(HEADER, "1;;31.12.1999;many;ale|tea;")},
    {DAY3: lines(HEADER, "1;;01.01.2000;-7,5;tea|gin;M")},
    {"{t}_profiles_20260104080000.csv": lines("customer_id", "1")},
)


@drops(*RULED)
def test_b08_each_rule(tenant: Tenant) -> None:
    day1, day2, day3 = (name.format(t=tenant.name) for name in (DAY1, DAY2, DAY3))
    assert {name: tenant.changes_of(name, "1") for name in HEADER.split(";")[1:-1]} == {
        "first_name": [(None, "Ann", "set_or_clear", day1, 2), ("Ann", None, "set_or_clear", day2, 2)],
        "birthdate": [(None, "1999-12-31", "set_if_empty", day2, 2)],
        "loyalty_points": [(None, "5", "sum", day1, 2), ("5", "-2.5", "sum", day3, 2)],
        "interests": [
            (None, "tea", "add", day1, 2),
            ("tea", "tea; ale", "add", day2, 2),
            ("tea; ale", "tea; ale; gin", "add", day3, 2),
        ],
    }
    # Set: an empty cell changes nothing.
    assert tenant.changes_of("crm_size", "1") == [(None, "S", "set", day1, 2), ("S", "M", "set", day3, 2)]
    assert tenant.counts("{t}_profiles_20260104080000.csv") == {"line": 1, "accepted": 1, "unchanged": 1}


@drops(*RULED)
def test_b08_the_contact_as_of_each_file(tenant: Tenant) -> None:
    found = tenant.rows(
        """select strftime(sent_at, '%d') as day, first_name, h.birthdate::varchar as birthdate, loyalty_points,
            interests, other_properties['crm_size'] as size
        from marts.contact_history as h inner join marts.import_jobs as j
            on h.valid_from_log_id <= j.file_id and coalesce(h.valid_to_log_id > j.file_id, true)
        where h.tenant_id = $t and j.tenant_id = $t order by day""",
    )
    assert [tuple(row.values()) for row in found] == [
        ("01", "Ann", None, Decimal(5), ["tea"], "S"),
        ("02", None, "1999-12-31", Decimal(5), ["tea", "ale"], "S"),
        ("03", None, "1999-12-31", Decimal("-2.5"), ["tea", "ale", "gin"], "M"),
        ("04", None, "1999-12-31", Decimal("-2.5"), ["tea", "ale", "gin"], "M"),
    ]
    (now,) = tenant.rows("select * exclude (updated_at) from marts.contacts where tenant_id = $t")
    (last,) = tenant.rows(
        "select * exclude (updated_at, valid_to_log_id) from marts.contact_history"
        " where tenant_id = $t and valid_to_log_id is null",
    )
    assert now == last


@drops(
    {DAY1: lines("customer_id;email;first_name;loyalty_points;interests", "1;ann@x.org;Ann;5;tea")},
    # In one run: the list comes first by its time, and knows no rules but Set.
    {
        DAY2: lines("customer_id;first_name;loyalty_points;interests", "1;Annabel;2,5;gin"),
        LIST2: lines("email,first_name,loyalty_points,interests", "ann@x.org,Anna,100,ale|rum"),
    },
    {"{t}_vip_20260103070000.csv": lines("email,loyalty_points", "ann@x.org,gold")},
    {DAY3: lines("customer_id;loyalty_points", "1;3")},
)
def test_b08_feeds_with_different_rules_for_one_property_in_the_order_of_the_log(tenant: Tenant) -> None:
    day1, day2, day3, list2 = (name.format(t=tenant.name) for name in (DAY1, DAY2, DAY3, LIST2))
    assert tenant.changes_of("loyalty_points", ANN) == [
        (None, "5", "sum", day1, 2),
        ("5", "100", "set", list2, 2),
        ("100", "102.5", "sum", day2, 2),
        ("102.5", "105.5", "sum", day3, 2),
    ]
    # `loyalty_points` is a number for every feed.
    assert tenant.dropped("{t}_vip_20260103070000.csv") == {(2, "loyalty_points"): "invalid_loyalty_points"}
    assert tenant.changes_of("interests", ANN) == [
        (None, "tea", "add", day1, 2),
        ("tea", "ale|rum", "set", list2, 2),
        ("ale|rum", "ale|rum; gin", "add", day2, 2),
    ]
    assert [change[1:3] for change in tenant.changes_of("first_name", ANN)] == [
        ("Ann", "set_or_clear"),
        ("Anna", "set"),
        ("Annabel", "set_or_clear"),
    ]


@drops(
    {DAY2: lines("customer_id;first_name;loyalty_points;interests;size", "1;Ann;5;tea;")},
    {DAY1: lines("customer_id;first_name;last_name;loyalty_points;interests;size", "1;;Ash;5;ale;S", "2;Bob;;1;;")},
    {DAY3: lines("customer_id;first_name;loyalty_points;interests;size", "1;Ann;5;tea;")},
)
def test_b08_a_late_file_fills_what_is_empty_and_still_adds_and_sums(tenant: Tenant) -> None:
    assert tenant.properties("1") == {
        "first_name": "Ann",
        "last_name": "Ash",
        "loyalty_points": "5",  # the late row says the same as the one before it
        "interests": "tea; ale",
        "crm_size": "S",
    }
    # The late row is not what the next is compared with, unless it is the first of its contact.
    assert tenant.counts(DAY3) == {"line": 1, "accepted": 1, "unchanged": 1}
    assert tenant.properties("2") == {"first_name": "Bob", "loyalty_points": "1"}


@drops(
    {
        DAY1: lines(
            "customer_id;extra_shopper_tags;Shoe Size;crm_;_extra;größe;email;note;Note ",
            "1;female;38;x;y;XL;ann@x.org;first;second",
        ),
        DAY2: lines("customer_id;email;note; note", "1;ann@x.org;a;b"),
    }
)
def test_b09_all_other_columns_are_imported_with_one_rule_and_a_prefix(tenant: Tenant) -> None:
    assert tenant.properties(ANN) == {
        "crm_extra_shopper_tags": "female",
        "crm_Shoe Size": "38",
        "crm_crm_": "x",
        "crm__extra": "y",
        "crm_größe": "XL",
        "crm_note": "first",
        "crm_Note": "second",
    }
    assert tenant.changes_of("crm_extra_shopper_tags", ANN) == [(None, "female", "set", DAY1.format(t=tenant.name), 2)]
    assert tenant.column("extra_shopper_tags", ANN) is None
    assert (tenant.job(DAY2)["status"], tenant.job(DAY2)["code"]) == ("rejected", "duplicate_column")


RULES = """feed,column_name,property,rule
*,*,,set
*,visits,,ignore
*,birthdate,,set_if_empty
blueconic__profiles,*,first_*,set_or_clear
blueconic__profiles,topics,interests,add
blueconic__profiles,zones,interests,add
blueconic__profiles,visits,,sum
blueconic__profiles,labels,,add
blueconic__profiles,secret,,ignore
blueconic__profiles,order by,select,set
"""


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """Two days of profiles under rules of their own."""
    home: Path = tmp_path_factory.mktemp("mapped")
    project = copy_project(home / "project")
    write_merge_rules(project, RULES)
    muster = Installation(home / "home", project)
    muster.drop(
        "acme_profiles_20260101080000.csv",
        lines(
            "customer_id;email;name;topics;zones;visits;labels;secret;order by;size",
            "1;ann@x.org;Ann;tea;south;1,5;a|b;x;first;S",
            "2;bob@x.org;Bob;;south;x;;x;;",
        ),
    )
    muster.drop("acme_vip_20260101090000.csv", lines("email,visits,birthdate", "ann@x.org,7,1999-12-31"))
    muster.land()
    muster.build()
    muster.drop(
        "acme_profiles_20260102080000.csv",
        lines(
            "customer_id;first_name;name;zones;visits;labels;birthdate;size",
            "1;Anna;Other;north;2;b|c;01.01.2000;",
            "2;;Other;north;2;;;M",
        ),
    )
    muster.drop("acme_vip_20260102090000.csv", lines("email,birthdate", "ann@x.org,2001-01-01"))
    muster.land()
    muster.build()
    return Tenant(muster, "acme")


def test_b09_a_column_has_the_property_of_its_line_and_all_others_the_prefix(mapped: Tenant) -> None:
    assert mapped.properties(ANN) == {
        "first_name": "Anna",
        "interests": "tea; north",
        "visits": "3.5",
        "labels": "a; b; c",
        "select": "first",
        "birthdate": "2000-01-01",  # set_or_clear of its feed's line for all columns
    }
    # One that becomes a declared property fills it if the row has no such cell, or an empty one.
    filled = {"interests": "south; north", "first_name": "Other"}
    assert mapped.properties(BOB) == filled | {"visits": "2", "first_size": "M"}


def test_b08_the_line_about_feed_and_column_decides_then_that_of_the_feed_then_of_the_column(mapped: Tenant) -> None:
    assert mapped.changes_of("birthdate", ANN) == [
        (None, "1999-12-31", "set_if_empty", "acme_vip_20260101090000.csv", 2),
        ("1999-12-31", "2000-01-01", "set_or_clear", "acme_profiles_20260102080000.csv", 2),
    ]
    assert [change[:3] for change in mapped.changes_of("visits", ANN)] == [(None, "1.5", "sum"), ("1.5", "3.5", "sum")]
    assert [change[:3] for change in mapped.changes_of("first_size", ANN)] == [
        (None, "S", "set_or_clear"),
        ("S", None, "set_or_clear"),
    ]
    assert [change[:3] for change in mapped.changes_of("interests", ANN)] == [
        (None, "tea", "add"),
        ("tea", "tea; north", "add"),
    ]
