"""Field cases of cells: read by the type of their property and the dialect of their feed, or dropped and counted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from .installation import Installation, Tenant, copy_project, drops, lines, write_merge_rules

DAY1, DAY2 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 2))  # noqa: UP031  # {t} stays
PROFILES1, PROFILES2 = ("{t}_profiles_2026010%d080000.csv" % day for day in (1, 2))  # noqa: UP031
BAD_CELLS = (
    {DAY1: lines("id,email", "1,ann@x.org", "2,bob@x.org", "3,cy@x.org")},
    {
        DAY2: lines(
            "id,email,sms_phone_number,birthdate,first_name",
            "1,ann@x.org,(212) 555-0101,0000-00-00,Ann",
            "2,bob at x,,1990-02-28,Bob",
            "3,cy@x.org,,,Cy",
            ",dan at x,,,Dan",
        )
    },
)


@drops(*BAD_CELLS)
def test_c20_x10_a_bad_cell_beside_a_good_identifier_is_dropped_and_counted(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"1 ann@x.org", "2 bob@x.org", "3 cy@x.org"}
    assert tenant.dropped(DAY2) == {
        (2, "sms_phone_number"): "invalid_phone",
        (2, "birthdate"): "invalid_birthdate",
        (3, "email"): "invalid_email",
    }
    assert tenant.codes(DAY2) == {5: "invalid_email"}
    assert tenant.counts(DAY2) == {
        "line": 4, "accepted": 3, "rejected": 1, "dropped_cell": 3, "unchanged": 3, "updated": 3,
    }  # fmt: skip
    assert tenant.properties("1") == {"first_name": "Ann"}


@drops(*BAD_CELLS, variant="quiet")
def test_c20_x10_or_its_row_is_rejected_by_a_feed_that_says_so(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"3 cy@x.org"}
    assert tenant.codes(DAY2) == {2: "invalid_phone", 3: "invalid_email", 5: "invalid_email"}
    assert tenant.dropped(DAY2) == {}


@drops({DAY1: lines("id,email,first_name", "0,ann@x.org,Ann", "0,bob@x.org,Bob", "NULL,cy@x.org,Cy", "n/a,-,No")})
def test_c10_x03_what_says_that_there_is_no_identifier_identifies_nobody(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"ann@x.org", "bob@x.org", "cy@x.org"}
    assert tenant.dropped(DAY1) == {(line, "id"): "placeholder" for line in (2, 3, 4)}
    assert tenant.codes(DAY1) == {5: "no_identifier"}


COMPANIES = "{t}_companies_20260101090000.csv"
COMMANDS = "{t}_user_segments_20260101080000.ndjson"
UPDATE = '{"operation": "UPDATE", "segment_technical_name": "vip", "expiration_duration": 0, '


@drops(
    {
        COMMANDS: lines(
            UPDATE + '"user_account_id": "0"}',
            UPDATE + '"user_account_id": "null", "user_agent_id": "a1"}',
            UPDATE + '"user_account_id": "-1", "user_agent_id": "a2"}',
        ),
        COMPANIES: lines("company_id;name", "0;Acme", "N/A;Bolt", "7;Cube"),
    }
)
def test_c10_x03_neither_a_command_nor_a_group(tenant: Tenant) -> None:
    assert tenant.members("vip") == {"a1", "a2"}
    assert tenant.codes(COMMANDS) == {1: "no_identifier"}
    assert tenant.dropped(COMMANDS) == {(line, "user_account_id"): "placeholder" for line in (2, 3)}
    assert tenant.rows("select group_identifier from marts.groups where tenant_id = $t") == [{"group_identifier": "7"}]
    assert tenant.counts(COMPANIES) == {"line": 3, "filtered": 2, "accepted": 1, "created": 1}


MOMENTS = {
    "2026-10-01 10:00:00+02": 8,
    "2026-10-01T10Z": 10,
    "2026-10-01t10:00:00,5z": 10,
    "2026-10-01 10:00:00 +0200": 8,
    "2026-10-01T10:00:00+14:00": -4,
    "2026-10-01T10:00:00+99:99": None,
    "2026-10-01T10:00:00+14:01": None,
    "0000-10-01T10:00:00Z": None,
    "0001-01-01T00:00:00+01:00": None,
    "2026-10-01T10:00:00": None,
}


@drops({DAY1: lines("email,created_at", *(f'm{n}@x.org,"{text}"' for n, text in enumerate(MOMENTS)))})
def test_c88_moments_as_databases_write_them_and_none_that_cannot_be(tenant: Tenant) -> None:
    day = datetime(2026, 10, 1, tzinfo=UTC).timestamp() / 3600
    found = tenant.rows(
        """select identifier_value as who, epoch(date_trunc('hour', created_at)) / 3600 as hour from marts.contacts
        inner join marts.contact_identifiers using (contact_id) where contacts.tenant_id = $t"""
    )
    hours = {row["who"]: row["hour"] for row in found}
    assert hours == {f"m{n}@x.org": hour and day + hour for n, hour in enumerate(MOMENTS.values())}
    assert set(tenant.dropped(DAY1)) == {(n + 2, "created_at") for n, hour in enumerate(MOMENTS.values()) if not hour}


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """Two days of a feed with a German dialect, under rules of its own, beside lists that add up its `balance`."""
    home = tmp_path_factory.mktemp("dialects")
    german = {"decimal_separator": ",", "thousands_separator": ".", "date_format": "%d.%m.%Y"}
    at = {"timestamp_format": "%d.%m.%Y %H:%M"}
    project = copy_project(
        home / "project",
        {
            "blueconic__profiles": {"dialect": {"delimiter": ";"} | german},
            "blueconic__orders": {"timezone": "Europe/Berlin", "dialect": {"delimiter": ";"} | at},
        },
    )
    write_merge_rules(
        project,
        lines(
            "feed,column_name,property,rule",
            "*,*,,set",
            "remarkety__lists,balance,,sum",
            "blueconic__profiles,Geburtstag,birthdate,set",
            "blueconic__profiles,home town,town,set",
            "blueconic__profiles,work town,town,set",
        ),
    )
    muster = Installation(home / "home", project)
    tenant = Tenant(muster, "acme")
    days = (
        {
            PROFILES1: lines(
                "customer_id;email;loyalty_points;balance;Geburtstag;home town;work town",
                "1;ann@x.org;10,5;10,50;28.02.1990;Ulm;Bonn",
                "2;bob@x.org;1.234,50;x;1990-02-28;;",
                "3;cy@x.org;1.23,5;;31.02.1990;;Rom",
            ),
            "{t}_orders_20260101080000.csv": lines(
                "order_id;customer_id;email;ordered_at", "a;1;;01.07.2026 12:30", "b;1;;2026-07-01T12:30:00Z"
            ),
            "{t}_order_lines_20260101080000.csv": lines("order_id;product_id;price"),
        },
        {
            PROFILES2: lines(
                "customer_id;email;loyalty_points;balance;Geburtstag;home town;work town",
                "1;ann@x.org;10,5;10,50;28.02.1990;Ulm;Köln",
            ),
            "{t}_vip_20260102090000.csv": lines("email,balance", "ann@x.org,2.50", "bob@x.org,1"),
        },
    )
    for day in days:
        for name, content in day.items():
            muster.drop(name.format(t="acme"), content)
        muster.land()
        muster.build()
    return tenant


def test_c21_a_number_is_read_in_its_feeds_dialect_whoever_adds_to_it(ruled: Tenant) -> None:
    assert ruled.column("loyalty_points", "1") == Decimal("10.5")
    assert ruled.properties("1")["balance"] == "13"
    # A text to which nothing can be added is kept.
    assert ruled.properties("2")["balance"] == "x"


def test_c22_a_date_is_read_by_its_property_under_whatever_name_it_comes(ruled: Tenant) -> None:
    assert ruled.column("birthdate", "1") == date(1990, 2, 28)
    (order,) = ruled.rows("select event_id, occurred_at from marts.timeline_events where tenant_id = $t")
    assert order == {"event_id": "a", "occurred_at": datetime(2026, 7, 1, 10, 30)}
    assert ruled.codes("{t}_orders_20260101080000.csv") == {3: "invalid_event_time"}


def test_c23_thousands_are_separated_as_the_dialect_says_or_the_cell_is_dropped(ruled: Tenant) -> None:
    assert ruled.column("loyalty_points", "2") == Decimal("1234.5")
    assert ruled.dropped(PROFILES1) == {
        (3, "birthdate"): "invalid_birthdate",
        (4, "birthdate"): "invalid_birthdate",
        (4, "loyalty_points"): "invalid_loyalty_points",
    }
    assert ruled.job(PROFILES1)["dropped_cell_count"] == 3


def test_c25_of_two_columns_of_one_property_the_first_counts_also_where_only_the_second_changed(ruled: Tenant) -> None:
    assert ruled.properties("1")["town"] == "Ulm"
    assert ruled.properties("3")["town"] == "Rom", "the first that is filled"
    assert ruled.counts(PROFILES2)["unchanged"] == 1
