"""The interpreter's own reading of BlueConic's rows (docs/semantics.md, 3)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from .declared import COMMANDS, IMPORTS, LISTS, SEGMENTS, SUBSCRIBERS, Event, Feed, Row
from .reading import international_phone, is_created_at, normal_email, normal_phone, property_code

GERMAN_DATE = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
TIMED = r"_(?P<sent>\d{14})\.csv(?:\.gz)?"


def profile_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    own_id, phone = cells.get("customer_id", ""), cells.get("phone", "")
    email = cleansed(cells.get("email", ""))
    normal = {"email": normal_email(email), "phone": normal_phone(phone) or international_phone(phone)}
    row = Row(line)
    row.properties = {name: cell for name, cell in cells.items() if name not in ("customer_id", "email", "phone")}
    for name in {"first_name", "last_name"} & cells.keys():
        row.properties[name] = normalised(cells[name])
    birthdate = normal_date(cells.get("birthdate", ""))
    if birthdate:
        row.properties["birthdate"] = birthdate
    if not own_id and not email and not phone:
        return filtered(row, "no_identifier")
    if email.endswith("@example.invalid"):
        return filtered(row, "test_address")
    if email and not normal["email"]:
        row.code = "invalid_email"
    elif phone and not normal["phone"]:
        row.code = "invalid_phone"
    elif birthdate is None:
        row.code = "invalid_birthdate"
    else:
        row.code = property_code({n: cells[n] for n in ("created_at", "opt_in_status", "gender") if cells.get(n)})
    row.identifiers = [*account(feed, own_id), *((kind, value) for kind, value in normal.items() if value)]
    return row


def company_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    own_id = cells["company_id"]
    row = Row(line, identifiers=[("group:company", own_id)])
    row.properties = {name: cell for name, cell in cells.items() if name != "company_id"}
    return row if own_id else filtered(row, "no_identifier")


def order_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    own = {name: cells.get(name, "") for name in ("order_id", "customer_id", "email", "ordered_at")}
    email = normal_email(own["email"])
    row = Row(line, link=own["order_id"])
    if not own["customer_id"] and not own["email"]:
        return filtered(row, "no_identifier")
    if own["email"] and not email:
        row.code = "invalid_email"
    elif not own["order_id"]:
        row.code = "no_event_id"
    elif not is_created_at(own["ordered_at"]):
        row.code = "invalid_event_time"
    else:
        moment = datetime.fromisoformat(own["ordered_at"]).astimezone(UTC)
        said = {name: cell for name, cell in cells.items() if cell and name not in own}
        row.event = Event("order", own["order_id"], moment, said)
    row.identifiers = [*account(feed, own["customer_id"]), *([("email", email)] if email else [])]
    return row


def order_line_row(feed: Feed, line: int, cells: dict[str, str]) -> Row:
    row = Row(line, link=cells["order_id"], product=cells.get("product_id", ""))
    row.properties = {name: cell for name, cell in cells.items() if cell and name not in ("order_id", "product_id")}
    if not row.link:
        row.code = "no_order"
    elif not row.product:
        row.code = "no_product"
    return row


def filtered(row: Row, code: str) -> Row:
    row.code, row.is_filtered = code, True
    return row


def account(feed: Feed, own_id: str) -> list[tuple[str, str]]:
    if not own_id:
        return []
    return [("user_account_id", ":" + own_id)] if feed.accounts else [("id", own_id)]


def cleansed(cell: str) -> str:
    """(B11) `mailto:`, angle brackets with what is before them, and white space go."""
    bare = "".join(cell.lower().split())
    bracketed = re.fullmatch("[^<>]*<([^<>]*)>", bare)
    return (bracketed[1] if bracketed else bare).removeprefix("mailto:")


def normalised(cell: str) -> str:
    """(B11) Each word capital first; a word ends at a space, a hyphen or an apostrophe."""
    parts = re.split("([ '-])", " ".join(cell.lower().split()))
    return "".join(part[:1].upper() + part[1:] for part in parts)


def normal_date(cell: str) -> str | None:
    """YYYY-MM-DD; None for what is no date."""
    match = GERMAN_DATE.fullmatch(cell)
    if match is None:
        return None if cell else ""
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


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
    r"(?P<tenant>[^_]+)_orders" + TIMED,
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
    r"(?P<tenant>[^_]+)_order_lines" + TIMED,
    "%Y%m%d%H%M%S",
    complete=False,
    required=frozenset({"order_id"}),
    read_row=order_line_row,
    delimiter=";",
    root="blueconic__orders",
)
FEEDS = (SUBSCRIBERS, SEGMENTS, PROFILES, COMPANIES, ORDERS, ORDER_LINES, COMMANDS, IMPORTS, LISTS)
"""In the order of the landing sort: that of the YAML files, and in them."""
