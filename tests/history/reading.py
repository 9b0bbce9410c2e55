"""The interpreter's own reading of one file: its name, its records, and the code of each row alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from .commands import read_commands
from .declared import LISTS, STATUSES, Feed, Name, Request, Row
from .identifiers import international_phone, is_placeholder, normal_email, normal_id, normal_phone, trimmed, visible

MIXED = "mixed_identifiers"
HEADER_WORDS = {
    *("phone", "mobile", "mobilephone", "cellphone", "telephone"),
    *("phonenumber", "mobilenumber", "mobilephonenumber", "telephonenumber"),
    *("email", "emailaddress", "mail", "mailaddress", "identifier"),
}
SEGMENT_NAME = re.compile(r"[A-Za-z0-9 _-]+")
LOOSE_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d)(?::(\d\d)(?:(:\d\d)([.,]\d+)?)?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)", re.ASCII
)
CREATED_AT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
BIRTHDATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_name(feed: Feed, file_name: str, mtime: float = 0) -> Name | None:
    """None if the name is not one of the feed's; a file without a time in it is of that of its last change."""
    match = re.fullmatch(feed.pattern, file_name)
    if match is None:
        return None
    said = match.groupdict()
    return Name(
        tenant=said["tenant"],
        sent_at=datetime.strptime(said["sent"], feed.sent_format).replace(tzinfo=UTC)
        if "sent" in said
        else datetime.fromtimestamp(mtime, UTC),
        segment=said.get("segment"),
        part=said.get("part"),
        is_marker=said.get("marker") is not None,
        wildcard=said.get("wildcard"),
    )


def read_file(feed: Feed, name: Name, data: bytes, request: Request | None = None) -> tuple[str | None, list[Row]]:
    """The code that refuses the file (then it has no rows), and its rows."""
    if feed.commands:
        return read_commands(name, data.decode("utf-8-sig"))
    found = list(records(data.decode("utf-8-sig"), feed.delimiter))
    if feed.header and found:
        code = header_code(feed, found[0][1], request)
        if code:
            return code, []
    if len(found) > feed.header and data[-1:] not in (b"\n", b"\r"):
        width = len(found[0][1]) if feed.header else 2
        if len(found[-1][1]) < width:
            return "truncated_file", []
    if not feed.header:
        return None, [attentive_segment_row(feed, line, cells) for line, cells in found]
    if not found:
        return None, []
    header = found.pop(0)[1]
    raw = dict(records(data.decode("utf-8-sig"), feed.delimiter, trim=False))
    raw_header = next(iter(raw.values()))
    rows = []
    for line, values in found:
        if len(values) != len(header):
            rows.append(Row(line, "wrong_column_count"))
            continue
        cells = dict(zip(header, values, strict=True))
        if feed.read_row:
            rows.append(feed.read_row(feed, line, cells))
            rows[-1].sent = as_sent(feed, raw_header, raw[line]) if feed.skips_unchanged else ()
        elif request:
            rows.append(import_row(line, cells, name.segment, request))
        elif feed.name == LISTS.name:
            rows.append(remarkety_row(line, cells, name.segment, accounts=feed.accounts))
        else:
            rows.append(attentive_subscriber_row(line, cells))
    return None, rows


def header_code(feed: Feed, header: list[str], request: Request | None) -> str | None:
    if len(set(header)) < len(header):
        return "duplicate_column"
    if request and not {request.phone_column, request.status_column} - {None} <= set(header):
        return "missing_column"
    if (feed.identifier_columns and feed.identifier_columns.isdisjoint(header)) or not feed.required <= set(header):
        return "missing_column"
    return "wrong_first_column" if request and header[0] != "email" else None


def as_sent(feed: Feed, header: list[str], cells: list[str]) -> tuple[object, ...]:
    """Two rows that are equal in this say the same (5)."""
    named = dict(zip(header, cells, strict=True))
    declared = sorted(feed.identifier_columns | feed.declared_columns)
    return (*map(named.get, declared), *((name, named[name]) for name in header if name not in declared))


def records(text: str, delimiter: str, *, trim: bool = True) -> Iterator[tuple[int, list[str]]]:
    """(number of the first physical line, cells) of each record; a line of blanks and delimiters is none."""
    physical = list(io.StringIO(text, newline=""))
    reader = csv.reader(physical, delimiter=delimiter, strict=True)
    line = 1
    for cells in reader:
        if physical[line - 1].strip(" \t\r\n" + delimiter):
            yield line, [trimmed(cell) if trim else cell for cell in cells]
        line = reader.line_num + 1


def attentive_segment_row(feed: Feed, line: int, cells: list[str]) -> Row:
    """Two cells: identifier and segment name. A legal segment name counts even beside a bad identifier."""
    if len(cells) != 2:
        return Row(line, "wrong_column_count")
    identifier, segment = visible(cells[0]), cells[1]
    shapes = {"email": normal_email(identifier), "phone": normal_phone(identifier)}
    row = Row(line, segment=segment)
    value = shapes.pop(feed.identifier)
    other = next(iter(shapes.values()))
    if not identifier:
        row.code = "no_identifier"
    elif other is not None:
        row.code = MIXED
    elif value is None and line == 1 and names_columns(identifier, segment):
        return Row(line, "looks_like_header")
    elif value is None:
        row.code = f"invalid_{feed.identifier}"
    else:
        row.identifiers = [(feed.identifier, value)]
    wrong = segment_name_code(segment)
    if wrong:
        row.code = row.code or wrong
        row.segment = None
    return row


def names_columns(identifier: str, segment: str) -> bool:
    """(A10) Whether the cells are names of columns, in any capitals."""
    first, second = (re.sub("[ _-]", "", cell.lower()) for cell in (identifier, segment))
    if first in HEADER_WORDS:
        return True
    return second in ("segment", "segments", "segmentname") and not re.search("[0-9@]", identifier)


def segment_name_code(segment: str) -> str | None:
    if not segment:
        return "no_segment"
    if len(segment) > 64:
        return "segment_name_too_long"
    return None if SEGMENT_NAME.fullmatch(segment) else "invalid_segment_name"


def attentive_subscriber_row(line: int, cells: dict[str, str]) -> Row:
    phone, email = cells.get("phone", ""), cells.get("email", "")
    row = Row(line)
    row.properties = {column: cell for column, cell in cells.items() if column not in ("phone", "email")}
    return identified(
        row, [("phone", "phone", phone, normal_phone(phone)), ("email", "email", email, normal_email(email))]
    )


def remarkety_row(line: int, cells: dict[str, str], segment: str | None, *, accounts: bool = False) -> Row:
    own_id, pos_id, email, phone = (cells.get(name, "") for name in ("id", "pos_id", "email", "sms_phone_number"))
    row = Row(line, segment=segment)
    names = ("id", "pos_id", "email", "sms_phone_number")
    row.properties = {column: cell for column, cell in cells.items() if column not in names}
    return identified(
        row,
        [
            account("id", own_id) if accounts else ("id", "id", own_id, normal_id(own_id)),
            ("pos_id", "pos_id", pos_id, normal_id(pos_id)),
            ("email", "email", email, normal_email(email)),
            ("phone", "sms_phone_number", phone, international_phone(phone)),
        ],
    )


def import_row(line: int, cells: dict[str, str], segment: str | None, request: Request) -> Row:
    email, phone = cells.get("email", ""), visible(cells.get(request.phone_column or "", ""))
    status = visible(cells.get(request.status_column or "", ""))
    row = Row(line, segment=segment)
    row.properties = {column: cell for column, cell in cells.items() if column != "email"}
    if phone and request.phone_column and not international_phone(phone):
        row.dropped.append((request.phone_column, "invalid_sms_phone"))
    identified(row, [("email", "email", email, normal_email(email))])
    if status and status.lower() not in STATUSES:
        row.code = row.code or "invalid_status"
    return row


def identified(row: Row, found: list[tuple[str, str, str, str | None]]) -> Row:
    """(3, X10) Type, column, cell and normal form of each identifier; one valid one is enough."""
    invalid = []
    for kind, column, sent, normal in found:
        cell = visible(sent)
        if is_placeholder(cell):
            row.dropped.append((column, "placeholder"))
        elif cell and normal is None:
            invalid.append(f"invalid_{kind}" if kind in ("email", "phone") else "invalid_id")
            row.dropped.append((column, invalid[-1]))
        elif cell and normal is not None:
            row.identifiers.append((kind, normal))
    if not row.identifiers:
        row.code = invalid[0] if invalid else "no_identifier"
    return row


def account(column: str, cell: str) -> tuple[str, str, str, str | None]:
    """An id that is an account of the command feed, as `identified` takes it."""
    own_id = normal_id(cell)
    return "user_account_id", column, cell, own_id and ":" + own_id


def is_date(cell: str) -> bool:
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return BIRTHDATE.fullmatch(cell) is not None


def iso_moment(cell: str) -> str | None:
    """(3) A moment as databases write it, in the plain form; one that has it stays as it is."""
    if is_created_at(cell):
        return cell
    match = LOOSE_MOMENT.fullmatch(cell)
    if not match:
        return None
    day, hour, minute, second, fraction, offset = match.groups(default="")
    offset = offset.upper() + (":00" if len(offset) == 3 else "")
    plain = f"{day}T{hour}:{minute or '00'}{second}{fraction.replace(',', '.')}{offset}"
    return plain if is_created_at(plain) else None


def is_created_at(cell: str) -> bool:
    try:
        moment = datetime.fromisoformat(cell)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return CREATED_AT.fullmatch(cell) is not None and abs(moment.utcoffset() or timedelta()) <= timedelta(hours=14)
