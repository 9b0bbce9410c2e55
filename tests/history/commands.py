"""The interpreter's own reading of a file of commands (8): one flat JSON object a line."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from unicodedata import normalize

from .declared import Command, Name, Row
from .identifiers import is_placeholder, normal_id, said_name, trimmed, visible

KEYS = (
    "operation", "user_account_id", "compartment_id", "email_hash", "user_agent_id", "segment_id",
    "segment_technical_name", "expiration_duration", "expiration_ts", "data_bag",
)  # fmt: skip


def read_commands(name: Name, text: str) -> tuple[str | None, list[Row]]:
    """One flat JSON object a line; a last line that is cut refuses the file."""
    if text.lstrip().startswith("["):
        return "not_ndjson", []
    lines = text.split("\n")
    rows = [command_row(number, line, name) for number, line in enumerate(lines, 1) if line.strip(" \t\r")]
    if rows and lines[-1] and rows[-1].code == "invalid_json":
        return "truncated_file", []
    return None, rows


def command_row(number: int, line: str, name: Name) -> Row:
    try:
        sent = json.loads(
            line, object_pairs_hook=list, parse_float=Number, parse_int=Number, parse_constant=no_constant
        )
    except ValueError:
        return Row(number, "invalid_json")
    if not line.lstrip(" \t").startswith("{"):
        return Row(number, "not_an_object")
    if len({key for key, _ in sent}) < len(sent):
        return Row(number, "duplicate_key")
    if any(isinstance(value, list) for _, value in sent):
        return Row(number, "nested_value")
    folded = {key.replace("_", "") for key in KEYS}
    if any(key not in KEYS and re.sub("[ _-]", "", key.strip().lower()) in folded for key, _ in sent):
        return Row(number, "inexact_column")
    cells = {key: trimmed(str(value)) for key, value in sent if value is not None}
    cells = {key: cell for key, cell in cells.items() if cell}
    return command_of(number, cells, name)


def command_of(number: int, cells: dict[str, str], name: Name) -> Row:
    """(8) The first rule that the row breaks, or what it wants."""
    operation, bag = cells.get("operation", ""), cells.get("data_bag")
    for key in ("segment_id", "compartment_id"):
        cells[key] = re.sub(r"^([0-9]+)\.0+$", r"\1", cells.get(key, ""))
    by_name, by_id = (
        said_name(normalize("NFC", visible(cells.get(key, "")))) for key in ("segment_technical_name", "segment_id")
    )
    row = Row(number, segment=by_name or by_id, segment_id=by_id, is_named=by_name is not None)
    sent = {name: visible(cells.get(name, "")) for name in ("user_account_id", "email_hash", "user_agent_id")}
    row.dropped = [(name, "placeholder") for name, cell in sent.items() if is_placeholder(cell)]
    ids = ["" if is_placeholder(cell) else cell for cell in sent.values()]
    account, email_hash, agent = map(normal_id, ids)
    email_hash = email_hash if "@" not in (email_hash or "") else None
    compartment = (said_name(visible(cells["compartment_id"])) or "").replace("%", "%25").replace(":", "%3A")
    found = [("user_account_id", account and compartment + ":" + account)]
    found += [
        ("email_hash", email_hash and email_hash.lower()),
        ("user_agent_id", agent),
    ]
    row.identifiers = [(kind, value) for kind, value in found if value]
    duration, moment = cells.get("expiration_duration"), cells.get("expiration_ts")
    if moment is not None and re.fullmatch(r"[0-9]+\.0+", moment):
        moment = moment.partition(".")[0]
    if operation not in ("UPDATE", "DELETE"):
        row.code = "invalid_operation"
    elif sum(map(bool, ids)) != 1:
        row.code = "several_identifiers" if any(ids) else "no_identifier"
    elif not row.identifiers:
        row.code = "invalid_id"
    elif row.segment is None:
        row.code = "no_segment"
    elif operation == "UPDATE" and duration is None:
        row.code = "no_expiration"
    elif operation == "UPDATE" and not is_expiration(duration, moment):
        row.code = "invalid_expiration"
    elif bag is not None and not is_json(bag):
        row.code = "invalid_data_bag"
    else:
        expires_at = expiry(name.sent_at, duration, moment) if operation == "UPDATE" else None
        row.command = Command(operation, expires_at, bag)
    if row.code:
        row.identifiers = []
    return row


def is_expiration(duration: str | None, moment: str | None) -> bool:
    return bool(re.fullmatch("[0-9]{1,9}", duration or "0") and re.fullmatch("[0-9]{1,15}", moment or "0"))


def expiry(sent_at: datetime, duration: str | None, moment: str | None) -> datetime | None:
    if moment is not None:
        number = int(moment)
        seconds = number / 1000 if number >= 10**11 else number
        return datetime.fromtimestamp(seconds, UTC) if number else None
    return sent_at + timedelta(minutes=int(duration)) if duration and int(duration) else None


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def no_constant(_: str) -> NoReturn:
    raise ValueError


def is_json(text: str) -> bool:
    try:
        parsed: Any = json.loads(text, parse_constant=no_constant)
    except ValueError:
        return False
    return parsed is parsed
