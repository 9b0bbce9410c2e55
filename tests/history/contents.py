"""What is in the files of a history: the rows of lists, subscribers, segments, commands and imports."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from .declared import Request

Rows = tuple[tuple[str, ...], ...]
Draw = st.DrawFn

SEGMENT_IDS = ("vip", "vip", "new", "r-1", "null", 7, "7.0")
SEGMENT_NAMES = ("vip", "new", "seg A")
PROPERTIES = {
    "first_name": ("Ann", "Bob", 'O"Neil', "Zoë", "two\nlines"),
    "last_name": ("Lee", "Poe, Jr.", "\u00a0"),
    "created_at": (
        "2025-01-01T10:00:00+02:00",
        "2024-12-31T23:59:59+00:00",
        "2025-01-01 10:00:00+02",
        "2025-01-01t08Z",
    ),
    "opt_in_status": ("1", "1", "0"),
    "gender": ("male", "female"),
    "extra_shopper_tags": ("a;b", "b", "a; b"),
    "birthdate": ("1990-02-28", "2000-02-29"),
    "loyalty": ("gold", "silver"),
    "loyalty_points": ("1", "2.5", "-1", "007", "gold", "+1.50"),
    "interests": ("ski", "ski|sea", "sea"),
    "size": ("1", "2.0", "s|m", "m"),
    "crm_size": ("3", "s"),
}
STATUS_CELLS = {"state": ("active", "Subscribed", "unsubscribed", "bounced", " pending", "gone")}
INVALID = {
    "id": ("0 1", "1\u200b1", "2\u00a02", "0", "-00", "NULL", "n/a"),
    "pos_id": ("1 1", "0", "Unknown"),
    "email": (
        *("nobody", "a@b", "a b@x.io", "a@x@y.io", "@x.io", "\u212a1@x.io", "p1@x.\u0130o", "p\u200b1@x.io"),
        *("p1@x.io old", "p1@x.io <p2@x.io>", "n/a", "d41d8cd98f00b204e9800998ecf8427e"),
    ),
    "sms_phone_number": (
        *("12345", "+12ab", "21234567890", "+123456", "5550000001", "555-000-0001", "+0123456789", "+1 212 555 010"),
        *("+1 555 000 0001 x1", "+15550\u00a0000001"),
    ),
    "phone": ("12345", "+15550000001", "555-0000001", "(555) 000-0001", "2-555-000-0001"),
    "created_at": ("yesterday", "2025-01-01T10:00:00", "2025-13-01T00:00:00+00:00"),
    "opt_in_status": ("2", "yes", "-1"),
    "gender": ("x", "unknown"),
    "birthdate": ("1999-02-29", "28.2.1990", "19900228"),
}
HEADERS = (
    ("Phone Number", "Segment Name"), ("E-Mail", "vip"), ("customer", "SEGMENTS"), ("12", "segment"), ("", "segment"),
    ("555-000-0001", "segment"), ("mobile", "a/b"),
)  # fmt: skip
"""First lines of segments files that name their columns (A10), or nearly do."""
INVALID_SEGMENTS = ("", "vip!", "café", "x" * 65, "a/b")
REMARKETY_IDENTIFIERS = ("id", "pos_id", "email", "sms_phone_number")


def chance(draw: Draw, percent: int) -> bool:
    """Shrinks to no. Scrambled, because Hypothesis likes the ends of a range."""
    return draw(st.integers(0, 99)) * 37 % 100 >= 100 - percent


def email_cell(draw: Draw, person: int) -> str:
    """Of one person with an accent, which has two spellings."""
    shapes = (
        "p{}@x.io",
        "p{}@x.io",
        "P{}@X.io",
        " p{}@x.io\t",
        "\u200bp{}@x.io\u00a0",
        "<p{}@x.io>",
        "mailto:P{}@x.io",
    )
    cell = draw(st.sampled_from(shapes)).format(person)
    if person == 3:
        cell = cell.replace("3", draw(st.sampled_from(("\u00e9", "e\u0301"))))
    return cell


def phone_cell(draw: Draw, person: int) -> str:
    """The last one has a leading 0, which is legal."""
    shapes = ("555000000{}", "555-000-000{}", "1555000000{}", "1555-000-000{}", " 555000000{} ", "\ufeff555000000{}")
    cell = draw(st.sampled_from(shapes)).format(person)
    return cell.replace("555", "055", 1) if person == 5 else cell


AMERICAN = ("+1555000000{}", "+1 (555) 000-000{}", "+1.555.000.000{}", "\u200b+1 555 000 000{} ")
BRITISH = ("+44207946000{}", "+44 (0)20 7946 000{}", "+44 020 7946 000{}")


def international_cell(draw: Draw, person: int) -> str:
    """Numbers with their calling code; some people's are of a country where a 0 is dialled before them."""
    shape: str = draw(st.sampled_from(BRITISH if person in (2, 4) else AMERICAN))
    return shape.format(person)


def id_cell(draw: Draw, person: int) -> str:
    shape: str = draw(st.sampled_from(("{}",) * 6 + ("{}\u00a0", "\u200b{}", "\ufeff{}\u00ad")))
    return shape.format(person)


def identifier_cell(draw: Draw, column: str, person: int, people: int) -> str:
    """Mostly the person's own; sometimes another's, sometimes nothing. Ids and pos_ids are alike."""
    kind = draw(st.sampled_from(["own"] * 8 + ["empty", "other"]))
    if kind == "empty":
        return ""
    if kind == "other":
        person = draw(st.integers(0, people - 1))
    if column == "email":
        return email_cell(draw, person)
    if column == "phone":
        return phone_cell(draw, person)
    return international_cell(draw, person) if column == "sms_phone_number" else id_cell(draw, person)


def corrupted(draw: Draw, header: Sequence[str], row: tuple[str, ...]) -> tuple[str, ...]:
    """Now and then a cell is invalid, the line is ragged, or it names nobody."""
    if not chance(draw, 8):
        return row
    kind = draw(st.sampled_from(("cell", "cell", "cell", "short", "long", "nobody")))
    wrong = [position for position, column in enumerate(header) if column in INVALID]
    if kind == "short" and len(row) > 1:
        return row[:-1]
    if kind == "long":
        return (*row, draw(st.sampled_from(("", "more"))))
    if kind == "nobody":
        names = {*REMARKETY_IDENTIFIERS, "phone"}
        return tuple("" if column in names else cell for column, cell in zip(header, row, strict=True))
    if kind == "cell" and wrong:
        position = draw(st.sampled_from(wrong))
        cell = draw(st.sampled_from(INVALID[header[position]]))
        return (*row[:position], cell, *row[position + 1 :])
    return row


def unreadable_header(draw: Draw, header: list[str], harmless: str) -> list[str]:
    """A header with which the file is refused: a column twice, or none that identifies."""
    if draw(st.booleans()):
        return [*header, draw(st.sampled_from(header))]
    return [harmless]


def with_blank_line(draw: Draw, rows: list[tuple[str, ...]]) -> Rows:
    if rows and chance(draw, 6):
        rows.insert(draw(st.integers(0, len(rows))), ())
    return tuple(rows)


def remarkety_rows(draw: Draw, people: int) -> Rows:
    kind = draw(st.sampled_from(["list"] * 16 + ["nothing", "header", "refused"]))
    if kind == "nothing":
        return ()
    identifiers = draw(st.lists(st.sampled_from(REMARKETY_IDENTIFIERS), min_size=1, max_size=4, unique=True))
    properties = draw(st.lists(st.sampled_from(tuple(PROPERTIES)), max_size=4, unique=True))
    header = draw(st.permutations(identifiers + properties))
    if kind == "refused":
        header = unreadable_header(draw, header, "first_name")
    rows = [tuple(header)]
    if kind == "header":
        return tuple(rows)
    for person in draw(st.lists(st.integers(0, people - 1), min_size=2, max_size=7)):
        row = [
            draw(st.sampled_from((*PROPERTIES[column], "")))
            if column in PROPERTIES
            else identifier_cell(draw, column, person, people)
            for column in header
        ]
        rows.append(corrupted(draw, header, tuple(row)))
    return with_blank_line(draw, rows)


def subscriber_rows(draw: Draw, people: int) -> Rows:
    kind = draw(st.sampled_from(["profiles"] * 18 + ["header", "refused"]))
    header = draw(st.permutations(("phone", "email", "opt_in_status")))
    if kind == "refused":
        header = unreadable_header(draw, header, "opt_in_status")
    rows = [tuple(header)]
    if kind == "header":
        return tuple(rows)
    everybody = st.just(list(range(people)))
    for person in draw(st.one_of(everybody, everybody, st.lists(st.integers(0, people - 1), max_size=6))):
        row = [
            draw(st.sampled_from(("1", "1", "1", "1", "0", "")))
            if column == "opt_in_status"
            else identifier_cell(draw, column, person, people)
            for column in header
        ]
        rows.append(corrupted(draw, header, tuple(row)))
    return with_blank_line(draw, rows)


def segment_rows(draw: Draw, people: int) -> Rows:
    """Interleaved segments; sometimes one has no valid row, rarely a cell is of the other kind."""
    if chance(draw, 4):
        return ()
    rows = []
    for segment in draw(st.lists(st.sampled_from(SEGMENT_NAMES), min_size=1, max_size=3, unique=True)):
        all_invalid = chance(draw, 12)
        listed = draw(st.lists(st.integers(0, people - 1), min_size=2, max_size=5))
        for person in listed:
            cell = phone_cell(draw, person)
            if all_invalid:
                cell = draw(st.sampled_from((*INVALID["phone"], "")))
            pad = draw(st.sampled_from(("", " ")))
            rows.append(corrupted(draw, ("phone", "segment"), (cell, pad + segment)))
    if chance(draw, 15):
        rows.append((phone_cell(draw, 0), draw(st.sampled_from((*INVALID_SEGMENTS, "x" * 64)))))
    if chance(draw, 4):
        rows.append((email_cell(draw, 0), draw(st.sampled_from(SEGMENT_NAMES))))
    rows = draw(st.permutations(rows))
    if chance(draw, 6):
        rows = [draw(st.sampled_from(HEADERS)), *rows]
    return with_blank_line(draw, rows)


def command_rows(draw: Draw, people: int) -> Rows:
    """Expiries fall on the times of other files, or just beside them."""
    rows = []
    for person in draw(st.lists(st.integers(0, people - 1), min_size=1, max_size=7)):
        line: dict[str, object] = {"operation": draw(st.sampled_from(("UPDATE", "UPDATE", "UPDATE", "DELETE")))}
        line["user_account_id"] = draw(st.sampled_from((str(person), f"{person}.0", person)))
        line[draw(st.sampled_from(("segment_id", "segment_technical_name")))] = draw(st.sampled_from(SEGMENT_IDS))
        if chance(draw, 10):
            line["compartment_id"] = draw(st.sampled_from(("7.0", "crm-web", "a:b", 7, "None")))
        if chance(draw, 10):
            kind = draw(st.sampled_from(("email_hash", "user_agent_id")))
            line[kind] = draw(st.sampled_from(("n/a", "0", "e1", "e1@x.org")))
        if chance(draw, 10):
            line["segment_technical_name"] = draw(st.sampled_from(SEGMENT_IDS))
        line["expiration_duration"] = draw(st.sampled_from((0, 1, 615, 825, 1439, 1440, 2880, "2880", 10080)))
        if chance(draw, 20):
            moments = (0, 1, 1740787200, 1740873600.0, 1740909600000, 1740910500, "1740960000", "1740960000.00")
            line["expiration_ts"] = draw(st.sampled_from(moments))
        if chance(draw, 25):
            line["data_bag"] = draw(st.sampled_from(('{"a": 1}', "[]", "2", None, "")))
        if chance(draw, 10):
            wrong = ("operation", "user_account_id", "segment_id", "expiration_duration", "data_bag", "compartment_id")
            line[draw(st.sampled_from(wrong))] = draw(st.sampled_from(("", "x", "{", [1], -1, 1.5, None)))
        text = json.dumps(line, separators=draw(st.sampled_from([(",", ":"), (", ", ": ")])))
        rows.append((draw(st.sampled_from((text,) * 12 + (text[:-1], text + "x", "[]", ""))),))
    if chance(draw, 15):
        rows.insert(0, ("[",))  # the file is refused: those behind it wait
    return tuple(rows)


def import_rows(draw: Draw, people: int, request: Request) -> Rows:
    kind = draw(st.sampled_from(["import"] * 16 + ["nothing", "header", "refused"]))
    if kind == "nothing":
        return ()
    header = ["email", *draw(st.lists(st.sampled_from(tuple(PROPERTIES)), max_size=1, unique=True))]
    if request.phone_column and not chance(draw, 5):
        header.append(request.phone_column)
    if request.status_column and not chance(draw, 5):
        header.append(request.status_column)
    if kind == "refused":
        header = unreadable_header(draw, header, "first_name") if draw(st.booleans()) else ["first_name", "email"]
    rows = [tuple(header)]
    if kind == "header":
        return tuple(rows)
    for person in draw(st.lists(st.integers(0, people - 1), min_size=2, max_size=7)):
        row = [
            draw(st.sampled_from((*(PROPERTIES | STATUS_CELLS)[column], "")))
            if column in PROPERTIES | STATUS_CELLS
            else identifier_cell(draw, "sms_phone_number" if column == "mobile" else column, person, people)
            for column in header
        ]
        rows.append(corrupted(draw, header, tuple(row)))
    return with_blank_line(draw, rows)


def request_of(draw: Draw) -> Request:
    """The parameters of an import: small sets, so that imports undo each other."""
    action = draw(st.sampled_from((*["create_or_update"] * 5, "create_only", *["update_only"] * 2, "none")))
    wish: dict[str, object] = {"clear": chance(draw, 15), "subscription_action": action}
    if action != "none":
        wish["active_status"] = draw(st.sampled_from((True, False, True, None)))
        if chance(draw, 35):
            wish["status_column"] = "state"
        makes_active = wish["active_status"] or "status_column" in wish
        if action in ("update_only", "create_or_update") and makes_active and chance(draw, 15):
            wish["resubscribe"] = True
    if not chance(draw, 6):
        wish["source_campaign"] = "spring"
    if not chance(draw, 15):
        wish["publication"] = "weekly"
    if chance(draw, 30):
        wish["sms"] = {"phone": "mobile", "confirm": draw(st.booleans())}
    if chance(draw, 20):
        wish["suppress_funnel_events"] = True
    for name in ("subscription_tags", "subscriber_tags"):
        if chance(draw, 40):
            wish[name] = tags_of(draw)
    if chance(draw, 25):
        days = draw(st.sampled_from(({}, {"started_at": "2025-03-01"}, {"ended_at": "2025-04-01T08:00:00"})))
        wish["subscription_options"] = days | ({"auto_renews": draw(st.booleans())} if chance(draw, 50) else {})
    if action == "none":  # these would do nothing, and are refused
        wish = {name: value for name, value in wish.items() if name not in ("sms", "subscription_tags")}
        wish.pop("subscription_options", None)
    return Request(json.dumps(wish))


def tags_of(draw: Draw) -> dict[str, object]:
    wanted = draw(st.lists(st.sampled_from("abC"), max_size=2, unique=True))
    if chance(draw, 30):
        return {"add": wanted, "replace": True}
    return {
        "add": wanted,
        "remove": [tag for tag in draw(st.lists(st.sampled_from("abC"), max_size=2)) if tag not in wanted],
    }
