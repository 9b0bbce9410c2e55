"""The interpreter's contacts and groups: merge rules and versions (docs/semantics.md, 5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from .declared import CONTACT_PROPERTIES, Feed, Row
from .files import File
from .reading import is_created_at, is_date, iso_moment

GROUPS = "blueconic__companies"
"""The only feed that tells of groups."""
SEPARATOR = "\x1f"
LISTS = frozenset({"interests"})
"""The properties that are declared as lists."""
FEW = {"opt_in_status": ("0", "1"), "gender": ("male", "female")}
GERMAN_DATE = re.compile(r"^(\d\d)\.(\d\d)\.(\d{4})$", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]{1,18}([.][0-9]{1,9})?")
SUM = re.compile(r"[+-]?[0-9]{1,27}([.][0-9]{1,9})?")
TYPED = (
    *("first_name", "last_name", "created_at", "opt_in_status", "gender", "extra_shopper_tags", "birthdate"),
    *("loyalty_points", "interests"),
)


class RuleLine(NamedTuple):
    """A line of seeds/merge_rules.csv."""

    feed: str
    column: str
    property: str
    rule: str


PROJECT_RULES = (
    RuleLine("*", "*", "", "set"),
    RuleLine("blueconic__profiles", "*", "crm_*", "set"),
    RuleLine("blueconic__profiles", "first_name", "", "set_or_clear"),
    RuleLine("blueconic__profiles", "last_name", "", "set_or_clear"),
    RuleLine("blueconic__profiles", "birthdate", "", "set_if_empty"),
    RuleLine("blueconic__profiles", "loyalty_points", "", "sum"),
    RuleLine("blueconic__profiles", "interests", "", "add"),
    RuleLine("blueconic__companies", "*", "", "set_or_clear"),
    RuleLine("blueconic__companies", "revenue", "", "sum"),
    RuleLine("blueconic__companies", "sectors", "", "add"),
)


class Cell(NamedTuple):
    """A cell on its way to a property."""

    text: str
    rule: str


class Rules:
    """What the lines of the seed say of each feed and column."""

    def __init__(self, lines: Iterable[RuleLine]) -> None:
        self.lines = {(line.feed, line.column): line for line in lines}

    def of(self, feed: Feed, column: str) -> tuple[str, str]:
        """The property that the column becomes, and by which rule."""
        places = ((feed.name, column), (feed.name, "*"), ("*", column), ("*", "*"))
        line = next((self.lines[place] for place in places if place in self.lines), None)
        if line is None:
            return column, "ignore"
        if column in feed.declared_columns:
            return column, line.rule
        if line.column == "*":
            return (line.property or "*").replace("*", column), line.rule
        return line.property or column, line.rule

    def named(self, feed: Feed, cells: Mapping[str, str]) -> dict[str, Cell]:
        """The properties that a row speaks of: of each name the first filled column, declared ones before others."""
        found: dict[str, Cell] = {}
        for column in sorted(filter(None, cells), key=lambda column: column not in feed.declared_columns):
            name, rule = self.of(feed, column)
            if name not in found or not found[name].text:
                found[name] = Cell(cells[column], rule)
        return found

    def read(self, feed: Feed, cells: Mapping[str, str]) -> dict[str, Cell]:
        """The same, each cell as a value of its property (3, X10); what cannot be read is left out."""
        found = {}
        for name, cell in self.named(feed, cells).items():
            text = self._value(feed, name, cell)
            if text is not None:
                found[name] = Cell(text, cell.rule)
        return found

    def dropped(self, feed: Feed, cells: Mapping[str, str]) -> list[tuple[str, str]]:
        """The properties whose cells cannot be read, with the codes of these."""
        read = self.read(feed, cells)
        return [
            (name, f"invalid_{name}" if name in CONTACT_PROPERTIES and feed.kind != "groups" else "invalid_number")
            for name in self.named(feed, cells)
            if name not in read
        ]

    def _value(self, feed: Feed, name: str, cell: Cell) -> str | None:
        text, rule = cell
        if not text or rule == "ignore":
            return text
        number = number_in(text, feed.decimal_separator)
        if rule == "sum":
            return number
        if feed.kind != "groups":
            if name == "loyalty_points":
                return number
            if name == "birthdate":
                day = GERMAN_DATE.sub(r"\3-\2-\1", text) if feed.german_dates else text
                return day if is_date(day) and (day != text) == feed.german_dates else None
            if name == "created_at":
                return iso_moment(text)
            if name in FEW:
                return text if text in FEW[name] else None
        if rule == "add" or (name in LISTS and feed.kind != "groups"):
            return SEPARATOR.join(parts(text, feed.list_separator))
        return number or text if self._is_summed(feed, name) else text

    def _is_summed(self, feed: Feed, name: str) -> bool:
        """Whether some feed of its kind adds up this property: for groups, of whom one feed tells, that feed."""
        for line in self.lines.values():
            if line.rule != "sum" or not (self._decides(feed, line) if feed.kind == "groups" else line.feed != GROUPS):
                continue
            if line.column == "*" and name.startswith((line.property or "*").replace("*", "")):
                return True
            if line.column != "*" and name == (line.property or line.column):
                return True
        return False

    def _decides(self, feed: Feed, line: RuleLine) -> bool:
        """Whether no line is more specific for what it speaks of."""
        before = [(feed.name, line.column)] + [(feed.name, "*")] * (line.column != "*")
        return line.feed == feed.name or (line.feed == "*" and not any(place in self.lines for place in before))


@dataclass
class Version:
    """What a contact or group was from one application on."""

    log_id: int
    sent_at: datetime
    file_id: int
    line: int
    feed: Feed
    values: dict[str, str]
    is_first: bool
    until: int | None = None


class Contacts:
    """All contacts and groups, with their pasts."""

    def __init__(self, rules: Iterable[RuleLine]) -> None:
        self.rules = Rules(rules)
        self.tenants: dict[int, str] = {}
        self.versions: dict[int, list[Version]] = {}
        self.last_cells: dict[tuple[str, int], dict[str, Cell]] = {}
        self.last_sent: dict[tuple[str, int], tuple[object, ...]] = {}
        self.remembered: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
        """Of each feed that skips what is unchanged and contact: the places of the rows that said something else."""
        self.said: dict[tuple[int, str], datetime] = {}
        """(X12) When it was last spoken of a property."""
        self.changes: list[tuple[object, ...]] = []

    def values(self, contact: int) -> dict[str, str]:
        """What is known of it now."""
        versions = self.versions.get(contact)
        return versions[-1].values if versions else {}

    def take(
        self, contact: int, feed: Feed, rows: list[tuple[File, Row]], log_id: int, sent_at: datetime, *, is_late: bool
    ) -> tuple[str | None, File]:
        """The accepted rows of one application; says whether they `created` or `updated` the contact, and by which."""
        before = self.values(contact)
        now = before
        changed_by = rows[0]
        rules: dict[str, str] = {}
        for file, row in rows:
            after = self._after(
                contact, file.feed.as_root, row, (log_id, file.file_id, row.line), sent_at, now, rules, is_late=is_late
            )
            if after != now:
                changed_by = file, row
            now = after
        versions = self.versions.setdefault(contact, [])
        file, row = changed_by
        if versions and now == before:
            return None, file
        if versions:
            versions[-1].until = log_id
        versions.append(Version(log_id, sent_at, file.file_id, row.line, feed, now, not versions))
        for name in before.keys() | now.keys():
            if before.get(name) != now.get(name):
                change = (contact, log_id, name, shown(before.get(name)), shown(now.get(name)), feed.name, rules[name])
                self.changes.append((self.tenants[contact], *change, file.file_id, row.line))
        return "updated" if len(versions) > 1 else "created", file

    def _after(
        self,
        contact: int,
        feed: Feed,
        row: Row,
        place: tuple[int, int, int],
        sent_at: datetime,
        old: Mapping[str, str],
        rules: dict[str, str],
        *,
        is_late: bool,
    ) -> dict[str, str]:
        """The values after one row; `rules` gets those of the properties that it names."""
        new = dict(old)
        for name, cell in self._sent(contact, feed, row, place, is_late).items():
            rules[name] = cell.rule
            value = merged(old.get(name), cell, is_late=sent_at < self.said.get((contact, name), sent_at))
            if value is None:
                new.pop(name, None)
            else:
                new[name] = value
        for name, cell in self.rules.read(feed, row.properties).items():
            if cell.rule != "ignore" and (cell.text or cell.rule == "set_or_clear"):
                self.said[contact, name] = max(sent_at, self.said.get((contact, name), sent_at))
        return new

    def _sent(self, contact: int, feed: Feed, row: Row, place: tuple[int, int, int], is_late: bool) -> dict[str, Cell]:
        """(B6) The values that count as sent."""
        read = self.rules.read(feed, row.properties)
        if not feed.skips_unchanged:
            return read
        last = self.last_cells.get((feed.name, contact))
        if last is None or not is_late:
            if last is None or self.last_sent[feed.name, contact] != row.sent:
                self.remembered.setdefault((feed.name, contact), []).append(place)
            self.last_cells[feed.name, contact] = read
            self.last_sent[feed.name, contact] = row.sent
        return {name: cell for name, cell in read.items() if last is None or last.get(name) != cell}

    def tables(self, names: Mapping[int, tuple[str, str]]) -> dict[str, set[tuple[object, ...]]]:
        """`names`: the type and identifier of each group."""
        all_versions = [(self.tenants[c], c, v) for c, versions in self.versions.items() for v in versions]
        now = [(tenant, c, v) for tenant, c, v in all_versions if v.until is None]
        return {
            "contacts": {(tenant, c) for tenant, c, _ in now if c not in names},
            "contact_properties": {
                (tenant, c, name, shown(value)) for tenant, c, v in now for name, value in v.values.items()
            },
            "contact_property_changes": set(self.changes),
            "contact_versions": {
                *(
                    (tenant, c, v.log_id, v.until, v.sent_at, v.file_id, v.line, v.is_first, v.feed.name, c in names)
                    for tenant, c, v in all_versions
                )
            },
            "contact_history": {
                (tenant, c, v.log_id, v.until, v.sent_at, *typed(v.values))
                for tenant, c, v in all_versions
                if c not in names
            },
            "imported_rows": {
                (self.tenants[c], feed, c, start[0], end and end[0], *start[1:])
                for (feed, c), places in self.remembered.items()
                for start, end in zip(places, [*places[1:], None], strict=True)
            },
            "groups": {
                (tenant, c, *names[c], as_text(shown_all(v.values)), v.sent_at, v.log_id)
                for tenant, c, v in now
                if c in names
            },
        }


def merged(old: str | None, cell: Cell, *, is_late: bool) -> str | None:
    """What the cell makes of the value, of which a later file has spoken if it `is_late`; None is no value."""
    text, rule = cell
    if rule == "ignore" or (is_late and rule not in ("add", "sum")):
        return old
    if not text:
        return None if rule == "set_or_clear" else old
    if rule == "sum":
        return added_up(old, Decimal(text))
    if old is None:
        return text
    if rule == "add":
        return SEPARATOR.join(dict.fromkeys(old.split(SEPARATOR) + text.split(SEPARATOR)))
    return old if rule == "set_if_empty" else text


def parts(text: str, separator: str) -> list[str]:
    """The values of a cell, each once."""
    found = [part.strip(" \t") for part in text.split(separator)] if separator else [text]
    return list(dict.fromkeys(filter(None, found)))


def number_in(text: str, separator: str) -> str | None:
    """A number with a decimal point."""
    if separator != ".":
        text = text.replace(".", "?").replace(separator, ".")
    return text if NUMBER.fullmatch(text) else None


def added_up(old: str | None, number: Decimal) -> str | None:
    if not SUM.fullmatch(old or "0"):
        return old
    before = Decimal(old or "0")
    whole, _, behind = f"{before + number:.9f}".partition(".")
    behind = behind.rstrip("0")
    return f"{whole}.{behind}" if behind else str(int(whole))


def shown(value: str | None) -> str | None:
    return value and value.replace(SEPARATOR, "; ")


def shown_all(values: Mapping[str, str]) -> dict[str, str | None]:
    return {name: shown(value) for name, value in values.items()}


def as_text(values: object) -> str | None:
    """Maps and lists, to be compared; None where there is nothing in them."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else None


def typed(values: Mapping[str, str]) -> tuple[object, ...]:
    """The declared properties as typed columns, null where they are not of the type, and all others."""
    plain = {name: shown(value) for name, value in values.items()}
    created_at, birthdate = values.get("created_at", ""), values.get("birthdate", "")
    points, opt_in = values.get("loyalty_points", ""), values.get("opt_in_status", "")
    found = plain | {
        "created_at": datetime.fromisoformat(created_at).astimezone(UTC) if is_created_at(created_at) else None,
        "opt_in_status": {"1": True, "0": False}.get(opt_in),
        "birthdate": date.fromisoformat(birthdate) if is_date(birthdate) else None,
        "loyalty_points": Decimal(points) if SUM.fullmatch(points) else None,
        "interests": as_text(values["interests"].split(SEPARATOR)) if "interests" in values else None,
    }
    others = {name: value for name, value in plain.items() if name not in CONTACT_PROPERTIES}
    return (*(found.get(name) for name in TYPED), as_text(others))


class Untouched(Contacts):
    """Contacts that are asked, and not changed."""

    def __init__(self, contacts: Contacts) -> None:
        super().__init__(())
        self.contacts = contacts

    def values(self, contact: int) -> dict[str, str]:
        return self.contacts.values(contact)

    def take(
        self, contact: int, feed: Feed, rows: list[tuple[File, Row]], *args: object, **kwargs: object
    ) -> tuple[str | None, File]:
        """Nothing is taken."""
        return None, rows[0][0]
