"""The interpreter's own reading of BlueConic's rows (docs/semantics.md, 3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from .declared import COMMANDS, IMPORTS, LISTS, SEGMENTS, SUBSCRIBERS, Event, Feed, Row
from .identifiers import cleansed, international_phone, is_placeholder, normal_email, normal_id, visible
from .reading import account, identified, iso_moment

TIMED = r"_(?P<sent>\d{14})\.csv(?:\.gz)?"
WILD = r"_(?P<sent>\d{14})(?P<wildcard>.*)\.csv(?:\.gz)?"
FIXED = r"\.csv"


def profile_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    own_id, phone = cells.get("customer_id", ""), cells.get("phone", "")
    email = cleansed(cells.get("email", ""))
    row = Row(line, link="" if is_placeholder(visible(own_id)) else normal_id(own_id) or "")
    row.properties = {name: cell for name, cell in cells.items() if name not in ("customer_id", "email", "phone")}
    for name in {"first_name", "last_name"} & cells.keys():
        row.properties[name] = normalised(cells[name])
    identified(
        row,
        [
            customer(feed, own_id),
            ("email", "email", email, normal_email(email)),
            ("phone", "phone", phone, international_phone(phone)),
        ],
    )
    if row.code == "no_identifier":
        return filtered(row, "no_identifier")
    if any(kind == "email" and value.endswith("@example.invalid") for kind, value in row.identifiers):
        return filtered(row, "test_address")
    return row


def company_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    row = Row(line)
    row.properties = {name: cell for name, cell in cells.items() if name != "company_id"}
    identified(row, [("group:company", "company_id", cells["company_id"], normal_id(cells["company_id"]))])
    return filtered(row, "no_identifier") if row.code == "no_identifier" else row


def order_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    own = {name: cells.get(name, "") for name in ("order_id", "customer_id", "email", "ordered_at")}
    order_id = visible(own["order_id"])
    row = Row(line, link=order_id)
    identified(row, [customer(feed, own["customer_id"]), ("email", "email", own["email"], normal_email(own["email"]))])
    if row.code == "no_identifier":
        return filtered(row, "no_identifier")
    if row.code:
        return row
    if not order_id:
        row.code = "no_event_id"
    elif (ordered_at := iso_moment(own["ordered_at"])) is None:
        row.code = "invalid_event_time"
    else:
        moment = datetime.fromisoformat(ordered_at).astimezone(UTC)
        said = {name: cell for name, cell in cells.items() if cell and name not in own}
        row.event = Event("order", order_id, moment, said)
    return row


def order_line_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    row = Row(line, link=visible(cells["order_id"]), product=visible(cells.get("product_id", "")))
    row.properties = {name: cell for name, cell in cells.items() if cell and name not in ("order_id", "product_id")}
    if not row.link:
        row.code = "no_order"
    elif not row.product:
        row.code = "no_product"
    return row


def hobby_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    row = Row(line, link=normal_id(visible(cells["customer_id"])) or "")
    row.properties = {name: cell for name, cell in cells.items() if name != "customer_id"}
    row.code = None if row.link else "no_customer_id"
    return row


def filtered(row: Row, code: str) -> Row:
    row.code, row.is_filtered = code, True
    return row


def customer(feed: Feed, own_id: str) -> tuple[str, str, str, str | None]:
    """The customer's id as an identifier, as `identified` takes it."""
    return account("customer_id", own_id) if feed.accounts else ("id", "customer_id", own_id, normal_id(own_id))


def normalised(cell: str) -> str:
    """(B11) Each word capital first; a word ends at a space, a hyphen or an apostrophe."""
    parts = re.split("([ '-])", " ".join(cell.lower().split()))
    return "".join(part[:1].upper() + part[1:] for part in parts)


PROFILES = Feed(
    "blueconic__profiles",
    "blueconic",
    r"(?P<tenant>[^_]+)_profiles" + TIMED,
    "%Y%m%d%H%M%S",
    complete=False,
    identifier_columns=frozenset({"customer_id", "email", "phone"}),
    read_row=profile_row,
    delimiter=";",
    decimal_separator=",",
    german_dates=True,
    list_separator="|",
    declared_columns=frozenset(
        {"first_name", "last_name", "birthdate", "gender", "created_at", "opt_in_status", "loyalty_points", "interests"}
    ),
    kind="profiles",
    skips_unchanged=True,
)
COMPANIES = Feed(
    "blueconic__companies",
    "blueconic",
    r"(?P<tenant>[^_]+)_companies" + TIMED,
    "%Y%m%d%H%M%S",
    complete=False,
    identifier_columns=frozenset({"company_id"}),
    read_row=company_row,
    delimiter=";",
    decimal_separator=",",
    list_separator="|",
    declared_columns=frozenset(),
    kind="groups",
)
ORDERS = Feed(
    "blueconic__orders",
    "blueconic",
    r"(?P<tenant>[^_]+)_orders" + WILD,
    "%Y%m%d%H%M%S",
    complete=False,
    identifier_columns=frozenset({"customer_id", "email"}),
    read_row=order_row,
    delimiter=";",
    kind="events",
    creates_contacts=False,
    root="blueconic__orders",
)
ORDER_LINES = Feed(
    "blueconic__order_lines",
    "blueconic",
    r"(?P<tenant>[^_]+)_order_lines" + WILD,
    "%Y%m%d%H%M%S",
    complete=False,
    required=frozenset({"order_id"}),
    read_row=order_line_row,
    delimiter=";",
    root="blueconic__orders",
    linked_to="events",
)
VISITS = replace(ORDERS, name="shop__visits", root="shop__visits", pattern=r"(?P<tenant>[^_]+)_visits" + FIXED)
VISIT_LINES = replace(
    ORDER_LINES,
    name="shop__visit_lines",
    root="shop__visits",
    pattern=r"(?P<tenant>[^_]+)_visit_lines" + FIXED,
    keeps_products=False,
)
"""The same with names that never change, and without the product store; only in the project of the histories."""
MEMBERS = replace(
    PROFILES,
    name="shop__members",
    root="shop__members",
    pattern=r"(?P<tenant>[^_]+)_members" + TIMED,
    skips_unchanged=False,
)
HOBBIES = Feed(
    "shop__hobbies",
    "blueconic",
    r"(?P<tenant>[^_]+)_hobbies" + TIMED,
    "%Y%m%d%H%M%S",
    complete=False,
    required=frozenset({"customer_id"}),
    read_row=hobby_row,
    delimiter=";",
    list_separator="/",
    declared_columns=frozenset(),
    root="shop__members",
    linked_to="profiles",
)
"""Profiles with a linked file, which is written in another way (C47); likewise."""
FEEDS = (
    *(SUBSCRIBERS, SEGMENTS, PROFILES, COMPANIES, ORDERS, ORDER_LINES, COMMANDS, IMPORTS, LISTS),
    *(VISITS, VISIT_LINES, MEMBERS, HOBBIES),
)
"""In the order of the landing sort: that of the YAML files, and in them."""
