"""BlueConic: linked files, timeline events and groups (B10, B12, B13)."""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import Any

from .installation import Row, Tenant, drops, lines

PEOPLE = "{t}_profiles_20251231080000.csv"
ORDERS1, ORDERS2, ORDERS3, ORDERS4 = ("{t}_orders_2026010%d080000.csv" % day for day in (1, 2, 3, 4))  # noqa: UP031
LINES1, LINES2, LINES3, LINES4 = ("{t}_order_lines_2026010%d080000.csv" % day for day in (1, 2, 3, 4))  # noqa: UP031
COMPANIES1, COMPANIES2 = ("{t}_companies_2026010%d080000.csv" % day for day in (1, 2))  # noqa: UP031
ORDER_HEADER, LINE_HEADER = "order_id;customer_id;email;ordered_at;total", "order_id;product_id;price"
ANN = lines("customer_id;email", "1;ann@x.org")
NO_LINES = lines(LINE_HEADER)


def events(tenant: Tenant) -> dict[str, Row]:
    """The events of a tenant by their ids."""
    found = tenant.rows("select * from marts.timeline_events where tenant_id = $t")
    assert len({row["event_id"] for row in found}) == len(found)
    return {row["event_id"]: row for row in found}


def nested(tenant: Tenant) -> dict[str, list[str]]:
    """What each event has of nested events: products and prices."""
    return {
        name: [f"{one['product_id']} {(one['properties'] or {}).get('price')}" for one in row["nested_events"] or []]
        for name, row in events(tenant).items()
    }


def products(tenant: Tenant) -> dict[str, Any]:
    found = tenant.rows("select product_id, properties from marts.products where tenant_id = $t")
    return {row["product_id"]: row["properties"] for row in found}


def groups(tenant: Tenant) -> dict[str, Row]:
    found = tenant.rows("select group_identifier as name, properties from marts.groups where tenant_id = $t")
    return {row["name"]: row["properties"] for row in found}


def order(name: str, day: int = 1, who: str = "1", total: str = "5") -> str:
    return f"{name};{who};;2026-01-0{day}T08:00:00Z;{total}"


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(ORDER_HEADER, order("a")),
        LINES2: lines(LINE_HEADER, "b;tea;2"),
        ORDERS3: lines(ORDER_HEADER, order("c")),
        "{t}_order_lines_20260103080001.csv": lines(LINE_HEADER, "c;tea;2"),
    },
    {LINES1: lines(LINE_HEADER, "a;tea;1"), ORDERS2: lines(ORDER_HEADER, order("b"))},
)
def test_b10_root_and_linked_file_wait_for_each_other_and_their_names_must_match(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["tea 1"], "b": ["tea 2"]}
    for name in (ORDERS1, LINES1, ORDERS2, LINES2):
        assert (tenant.job(name)["status"], tenant.counts(name)) == ("applied", {"line": 1, "accepted": 1})
    for name in (ORDERS3, "{t}_order_lines_20260103080001.csv"):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("waiting", None)
        assert tenant.counts(name) == {"line": 1, "accepted": 1}


@drops(
    {PEOPLE: ANN, ORDERS1: lines(ORDER_HEADER, order("a")), LINES1: lines(LINE_HEADER, "a;tea;1")},
    {
        ORDERS1 + ".gz": gzip.compress(lines(ORDER_HEADER, order("z")).encode()),
        LINES1 + ".gz": gzip.compress(lines(LINE_HEADER, "a;gin;1").encode()),
    },
)
def test_b10_a_second_path_with_the_same_parts_is_rejected(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["tea 1"]}
    for name in (ORDERS1 + ".gz", LINES1 + ".gz"):
        assert (tenant.job(name)["status"], tenant.job(name)["code"]) == ("rejected", "name_not_unique")
        assert tenant.counts(name) == {"line": 1, "rejected": 1}
        assert tenant.codes(name) == {2: "name_not_unique"}
    assert tenant.job(ORDERS1)["status"] == "applied"


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(
            ORDER_HEADER,
            order(" a 1 "),
            order("b", who="99"),
            order("c").replace("T08:00:00Z", ""),
            "d;;;2026-01-01T08:00:00Z;5",
            order("c", total="6"),
            order("c", total="7"),
        ),
        LINES1: lines(
            LINE_HEADER, "a 1 ;tea;1", "A 1;tea;1", "b;tea;1", "c;ale;1", "d;tea;1", "e;tea;1", ";tea;1", "a 1; ;1"
        ),
    }
)
def test_b10_b12_a_line_has_the_outcome_of_the_row_it_belongs_to(tenant: Tenant) -> None:
    # Of three rows of one order the accepted one is the one that the lines belong to.
    assert nested(tenant) == {"a 1": ["tea 1"], "c": ["ale 1"]}
    assert events(tenant)["c"]["properties"] == {"total": "6"}
    assert tenant.counts(ORDERS1) == {
        "line": 6,
        "accepted": 2,
        "rejected": 1,
        "ignored": 1,
        "filtered": 1,
        "duplicate": 1,
    }
    assert tenant.codes(ORDERS1) == {4: "invalid_event_time"}
    assert tenant.counts(LINES1) == {"line": 8, "accepted": 2, "rejected": 4, "ignored": 1, "filtered": 1}
    assert tenant.codes(LINES1) == {3: "no_root_row", 7: "no_root_row", 8: "no_order", 9: "no_product"}


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(ORDER_HEADER, order("a")),
        LINES1: "order_id;product_id\na;t\xe9a\n".encode("latin-1"),
        ORDERS2: lines("order_id;ordered_at", "b;2026-01-01T08:00:00Z"),
        LINES2: lines(LINE_HEADER, "b;tea;1"),
        ORDERS3: lines(ORDER_HEADER, order("c")),
        LINES3: lines("product_id;price", "tea;1"),
    },
    {LINES1: lines(LINE_HEADER, "a;tea;1")},
)
def test_b10_a_refused_file_holds_its_delivery_until_there_is_a_version_of_it_that_can_be_read(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["tea 1"]}
    assert [(job["status"], job["code"]) for job in tenant.jobs(LINES1)] == [
        ("held", "invalid_encoding"),
        ("applied", None),
    ]
    assert tenant.job(ORDERS1)["status"] == "applied"
    assert [(tenant.job(name)["status"], tenant.job(name)["code"]) for name in (ORDERS2, LINES2, ORDERS3, LINES3)] == [
        ("held", "missing_column"),
        ("held", "rejected_part"),
        ("held", "rejected_part"),
        ("held", "missing_column"),
    ]
    decided = [found for found in tenant.deliveries("blueconic__orders") if found[0] != "waiting"]
    assert decided == [("held", "rejected_part")] * 3 + [("applied", None)]


@drops(
    {PEOPLE: ANN, ORDERS1: lines(ORDER_HEADER, order("a")), LINES1: lines(LINE_HEADER, "a;tea;1", "b;ale;2")},
    {ORDERS1: lines(ORDER_HEADER, order("a", total="9"), order("b"))},
    {LINES1: lines(LINE_HEADER, "a;gin;3", "b;gin;3")},
    {LINES1: lines(LINE_HEADER, "a;gin;3", "b;gin;3")},
)
def test_b10_b12_a_delivery_that_is_applied_again_tells_its_own_events_again(tenant: Tenant) -> None:
    assert nested(tenant) == {"a": ["gin 3"], "b": ["gin 3"]}
    found = events(tenant)
    assert found["a"]["properties"] == {"total": "9"}
    # Each stays where it was created.
    assert [len(found[name]["tellings"]) for name in "ab"] == [3, 2]
    assert all(row["log_id"] == row["tellings"][0]["log_id"] for row in found.values())
    assert [job["status"] for job in tenant.jobs(ORDERS1)] == ["applied", "applied"]
    assert [job["status"] for job in tenant.jobs(LINES1)] == ["applied", "applied", "duplicate"]
    counts = ("accepted_count", "rejected_count", "duplicate_count")
    # As of the last delivery in which each version took part.
    assert [[job[name] for name in counts] for job in tenant.jobs(ORDERS1)] == [[1, 0, 0], [2, 0, 0]]
    assert [[job[name] for name in counts] for job in tenant.jobs(LINES1)] == [[2, 0, 0], [2, 0, 0], [0, 0, 0]]


@drops(
    {
        PEOPLE: ANN,
        "{t}2_profiles_20251231080000.csv": ANN,
        ORDERS2: lines(ORDER_HEADER, order("a", total="2"), order("a", total="3"), order("A", total="4")),
        LINES2: NO_LINES,
        "{t}2_orders_20260102080000.csv": lines(ORDER_HEADER, order("a", total="5")),
        "{t}2_order_lines_20260102080000.csv": NO_LINES,
    },
    {
        ORDERS1: lines(ORDER_HEADER, order("a", total="1"), order("b", total="1")),
        LINES1: lines(LINE_HEADER, "a;tea;1", "b;tea;1"),
        ORDERS3: lines(ORDER_HEADER, order("a", total="6"), order("b", total="6")),
        LINES3: NO_LINES,
    },
)
def test_b12_an_event_is_imported_once_whatever_the_file_and_each_tenant_has_its_own(tenant: Tenant) -> None:
    found = events(tenant)
    # The late file comes second in the log: its order b is new all the same.
    assert {name: row["properties"]["total"] for name, row in found.items()} == {"a": "2", "A": "4", "b": "1"}
    assert nested(tenant) == {"a": [], "A": [], "b": ["tea 1"]}
    assert tenant.counts(ORDERS2) == {"line": 3, "accepted": 2, "duplicate": 1}
    assert tenant.counts(ORDERS1) == {"line": 2, "accepted": 1, "duplicate": 1}
    assert tenant.counts(LINES1) == {"line": 2, "accepted": 1, "duplicate": 1}
    assert tenant.counts(ORDERS3) == {"line": 2, "duplicate": 2}
    other = Tenant(tenant.muster, tenant.name + "2")
    assert {name: row["properties"]["total"] for name, row in events(other).items()} == {"a": "5"}
    assert events(other)["a"]["contact_id"] == other.contact("1") != tenant.contact("1")


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(
            "order_id;customer_id;email;ordered_at;total;event;select;note",
            '1;1;;2026-01-01T23:30:00-05:00;1.234,50;x;y;"a;b ""c"""',
            '"2;""3""";;Ann@X.org;2026-03-29 02:30:00.5+0100;;;;',
            "3;1;ann@x.org;2025-12-31T23:59Z;-0;;;",
            "4;1;;2026-01-01T08:00:00;;;;",
            "5;1;;2026-02-29T08:00:00Z;;;;",
            "6;1;;;;;;",
            "7;1;no address;2026-01-01T08:00:00Z;;;;",
            ";1;;2026-01-01T08:00:00Z;;;;",
            ";;;;;;;x",
        ),
        LINES1: NO_LINES,
    }
)
def test_b12_type_time_in_utc_id_and_properties(tenant: Tenant) -> None:
    found = events(tenant)
    assert {name: (row["event_type"], row["occurred_at"]) for name, row in found.items()} == {
        "1": ("order", datetime(2026, 1, 2, 4, 30)),
        '2;"3"': ("order", datetime(2026, 3, 29, 1, 30, 0, 500_000)),
        "3": ("order", datetime(2025, 12, 31, 23, 59)),
        "7": ("order", datetime(2026, 1, 1, 8, 0)),
    }
    assert {row["contact_id"] for row in found.values()} == {tenant.contact("1")}
    assert found["1"]["properties"] == {"total": "1.234,50", "event": "x", "select": "y", "note": 'a;b "c"'}
    assert not found['2;"3"']["properties"]
    assert tenant.codes(ORDERS1) == {
        5: "invalid_event_time",
        6: "invalid_event_time",
        7: "invalid_event_time",
        9: "no_event_id",
    }
    assert tenant.dropped(ORDERS1) == {(8, "email"): "invalid_email"}
    assert tenant.counts(ORDERS1) == {"line": 9, "accepted": 4, "rejected": 4, "filtered": 1, "dropped_cell": 1}
    # Rows of events change no properties.
    assert tenant.properties("1") == {}


@drops(
    {
        PEOPLE: ANN,
        ORDERS1: lines(ORDER_HEADER, order("a"), order("b")),
        LINES1: lines(
            "order_id;product_id;name;price", "b;tea;Tea;1", "a;tea;Green tea;", "a;tea;Tea;2", "a;ale;;", "x;gin;Gin;9"
        ),
    },
    {
        ORDERS2: lines(ORDER_HEADER, order("c")),
        LINES2: lines("order_id;product_id;price;size", "c;tea;3;XL", "a;ale;9;"),
    },
)
def test_b12_nested_events_and_the_products_that_they_name(tenant: Tenant) -> None:
    # In the order of their lines; the line about an order of another file has no row that it belongs to.
    assert nested(tenant) == {"a": ["tea None", "tea 2", "ale None"], "b": ["tea 1"], "c": ["tea 3"]}
    assert products(tenant) == {"tea": {"name": "Tea", "price": "3", "size": "XL"}, "ale": None}
    assert tenant.codes(LINES2) == {3: "no_root_row"}


@drops(
    {
        ORDERS1: lines(ORDER_HEADER, order("a", who="7"), order("b", who="7"), "c;;new@x.org;2026-01-01T08:00:00Z;"),
        LINES1: NO_LINES,
    },
    {
        "{t}_profiles_20260102070000.csv": lines("customer_id,email,size", "7,ann@x.org,S"),
        ORDERS2: lines(ORDER_HEADER, "d;;ann@x.org;2026-01-01T08:00:00Z;", "e;7;new@x.org;2026-01-01T08:00:00Z;"),
        LINES2: NO_LINES,
    },
    variant="count",
)
def test_b07_b12_x02_x03_events_may_create_contacts_and_several_of_one_contact_all_count(tenant: Tenant) -> None:
    assert set(events(tenant)) == {"a", "b", "c", "d", "e"}
    assert tenant.counts(ORDERS1) == {"line": 3, "accepted": 3, "created": 2}
    assert tenant.counts(ORDERS2) == {"line": 2, "accepted": 2, "shared_identifier": 1}
    assert events(tenant)["e"]["contact_id"] == tenant.contact("7"), (
        "the id decides, the address stays with whom it was"
    )
    assert events(tenant)["a"]["contact_id"] == events(tenant)["d"]["contact_id"] == tenant.contact("ann@x.org")
    assert tenant.properties("new@x.org") == {}
    assert tenant.properties("7") == {"crm_size": "S"}
    assert tenant.contact_count == 2


@drops(
    {
        ORDERS1: lines(ORDER_HEADER, order("a", who="7")),
        LINES1: NO_LINES,
        "{t}_profiles_20260102070000.csv": lines("customer_id;email", "7;ann@x.org"),
        ORDERS2: lines(ORDER_HEADER, order("a", who="7"), "b;7;bob@x.org;2026-01-01T08:00:00Z;"),
        LINES2: NO_LINES,
    },
)
def test_b07_b12_without_creation_an_order_of_somebody_unknown_is_ignored_and_takes_no_id(tenant: Tenant) -> None:
    assert tenant.counts(ORDERS1) == {"line": 1, "ignored": 1}
    assert tenant.counts(ORDERS2) == {"line": 2, "accepted": 2}
    assert set(events(tenant)) == {"a", "b"}
    assert tenant.contact("bob@x.org") == tenant.contact("7")


@drops(
    {
        COMPANIES1: lines(
            "company_id;name;revenue;sectors;created_at;customer_id",
            "1;Acme;1,5;tea | ale;2020;x",
            " 2 ;Bolt;;;;",
            ";Nobody;;;;",
            "3;Cube;5;tea;;",
            "3;Cube;7;ale;;",
        ),
        PEOPLE: lines("customer_id;email;name", "1;ann@x.org;Ann"),
    },
    {COMPANIES2: lines("company_id;revenue;sectors;name;created_at", "1;2,5;gin|tea;;2021", "2;x;;Bolt;", "4;;;;")},
)
def test_b13_groups_are_merged_by_rules_apart_from_contacts(tenant: Tenant) -> None:
    assert groups(tenant) == {
        "1": {"revenue": "4", "sectors": "tea; ale; gin", "created_at": "2021", "customer_id": "x"},
        "2": {"name": "Bolt"},
        "3": {"name": "Cube", "revenue": "7", "sectors": "ale"},
        "4": {},
    }
    assert tenant.counts(COMPANIES1) == {"line": 5, "accepted": 3, "duplicate": 1, "filtered": 1, "created": 3}
    assert tenant.counts(COMPANIES2) == {
        "line": 3,
        "accepted": 3,
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "dropped_cell": 1,
    }
    assert tenant.dropped(COMPANIES2) == {(3, "revenue"): "invalid_number"}
    # The contact with the id of a company is somebody else.
    found = tenant.rows("select contact_id from marts.contacts where tenant_id = $t")
    assert len(found) == 1
    (ann,) = tenant.rows("select * from marts.contact_identifiers where tenant_id = $t and identifier_type = 'email'")
    assert found == [{"contact_id": ann["contact_id"]}]
    (group,) = tenant.rows("select * from marts.groups where tenant_id = $t and group_identifier = '1'")
    assert group["group_type"] == "company"
    assert group["group_id"] != ann["contact_id"]


@drops(
    {COMPANIES2: lines("company_id;name;revenue", "1;Acme;5")}, {COMPANIES1: lines("company_id;name;size", "1;Old;S")}
)
def test_b13_a_late_file_of_groups_fills_what_is_empty(tenant: Tenant) -> None:
    assert groups(tenant) == {"1": {"name": "Acme", "revenue": "5", "size": "S"}}
