"""What the columns of a sample are by their names: identifiers, contact properties, all else other properties (B14)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime

from loaders.errors import ConfigurationError
from loaders.feeds.columns import HEADER
from loaders.new_feed.misfits import date_format_of, identifier_misfits
from loaders.new_feed.sample import Sample

_TYPE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DATE.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})")
_BY_SHAPE = {
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "mail_address"),
    "phone": (
        "phone", "phone_number", "mobile", "mobile_phone", "mobile_number", "cell_phone", "telephone",
        "sms_phone_number",
    ),
    "email_hash": ("email_hash", "hashed_email"),
}  # fmt: skip
IDS = (
    "id", "pos_id", "customer_id", "contact_id", "user_id", "user_account_id", "user_agent_id", "subscriber_id",
    "member_id", "account_id", "external_id",
)  # fmt: skip
_KNOWN = {name: kind for kind, names in _BY_SHAPE.items() for name in names} | {name: name for name in IDS}
"""What a column of this name identifies by. Ids of another name are of another type: nothing says that they are one."""


def _is_date(text: str) -> bool:
    with suppress(ValueError):
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    return False


def _is_moment(text: str) -> bool:
    with suppress(ValueError):
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    return False


RULES: dict[str, Callable[[str], bool]] = {
    "created_at": _is_moment,
    "opt_in_status": ("0", "1").__contains__,
    "gender": ("male", "female").__contains__,
    "birthdate": _is_date,
}
"""What the cells of the known properties must be (R11); macros/properties/known_properties.sql judges the rows."""


@dataclass(frozen=True)
class PlannedColumn:
    """A column that is declared, with its name in the files."""

    name: str
    header: str
    identifier: str | None = None
    contact_property: str | None = None
    """The contact property that it is; of neither kind: it is another property, under its name here."""

    @property
    def meaning(self) -> str:
        """What the column is, for people."""
        if self.identifier:
            return f"identifier {self.identifier}"
        return f"property {self.contact_property}" if self.contact_property else f"other property {self.name}"


def planned_columns(
    sample: Sample, asked: Mapping[str, str], property_types: Mapping[str, str]
) -> tuple[list[PlannedColumn], list[str]]:
    """The columns to be declared, identifiers first, in the order in which they are tried; and what people should know.

    `asked` has the identifier types of columns, as in the file, that are not as proposed; `none` is no identifier.
    Raises `ConfigurationError` if that contradicts itself, or there is no identifier.
    """
    identifiers = _identifiers(sample, asked)
    identifying = {column.header for column in identifiers}
    properties, notes = _properties(sample, identifying, property_types)
    for column in identifiers:
        cells = sample.cells.get(column.header, {})
        notes += identifier_misfits(column.header, column.identifier or "", cells, is_only=len(identifiers) == 1)
    return _with_distinct_names([*identifiers, *properties], sample.header), notes


def alias_of(column: PlannedColumn) -> str:
    """The name of an identifier or property in the staging model: no word of SQL's."""
    kind = column.identifier
    if kind is None:
        return column.contact_property or column.name
    return kind if kind in _KNOWN.values() or kind.endswith("_id") else f"{kind}_id"


def _folded(header: str) -> str:
    """A column's name as one of our own: `E-Mail`, `eMail` and `e_mail` are the same."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _identifiers(sample: Sample, asked: Mapping[str, str]) -> list[PlannedColumn]:
    """The identifiers in the order in which they are tried: those that were asked for, then ids, e-mail, phone."""
    for header, kind in asked.items():
        if header not in sample.header:
            names = ", ".join(map(repr, sample.header[:50]))
            raise ConfigurationError(f"--identifier {header}={kind}: the sample has no such column; it has {names}")
        if not _TYPE.fullmatch(kind):
            raise ConfigurationError(f"--identifier {header}={kind}: a type is of lower-case letters, digits and _")
        if header != _folded(header) and not HEADER.fullmatch(header):
            raise ConfigurationError(f"--identifier {header!r}: a column of such a name cannot be declared")
    proposed = {
        header: _KNOWN[_folded(header)]
        for header in sample.header
        if header not in asked and _folded(header) in _KNOWN and HEADER.fullmatch(header)
    }
    order = [*IDS, "email_hash", "email", "phone"]
    proposed = {header: proposed[header] for header in sorted(proposed, key=lambda one: order.index(proposed[one]))}
    chosen = {header: kind for header, kind in asked.items() if kind != "none"} | proposed
    for kind in set(chosen.values()):
        if len(same := [header for header, other in chosen.items() if other == kind]) > 1:
            raise ConfigurationError(
                f"the columns {' and '.join(map(repr, same))} would both be the identifier {kind}: say --identifier"
                f" {same[-1]}=none, or another type"
            )
    if not chosen:
        names = ", ".join(map(repr, sample.header[:50]))
        raise ConfigurationError(
            f"no column of the sample has the name of a known identifier; it has {names}: say --identifier COLUMN=TYPE"
        )
    return [_named(PlannedColumn(header, header, identifier=kind)) for header, kind in chosen.items()]


def _named(column: PlannedColumn) -> PlannedColumn:
    """An identifier column with its declared name: as sent where that is surely no word of SQL's, else by its type."""
    if column.header in _KNOWN or re.fullmatch(r"[a-z][a-z0-9_]*_id", column.header):
        return column
    return replace(column, name=alias_of(column))


def _properties(
    sample: Sample, identifying: set[str], types: Mapping[str, str]
) -> tuple[list[PlannedColumn], list[str]]:
    """The columns that are contact properties by their names, the exact one where several would be the same.

    One with cells that are no legal value of the property would cost those rows: it is kept as another property.
    """
    columns: list[PlannedColumn] = []
    notes: list[str] = []
    for name, kind in types.items():
        same = [h for h in sample.header if _folded(h) == name and h not in identifying and HEADER.fullmatch(h)]
        if not same:
            continue
        header = name if name in same else same[0]
        rule = RULES.get(name)
        cells = sample.cells.get(header, {})
        misfit = min((cell for cell in cells if rule and not rule(cell)), key=lambda cell: cells[cell], default=None)
        if misfit is None and (rule or kind == "varchar"):
            columns.append(PlannedColumn(name, header, contact_property=name))
            continue
        columns.append(PlannedColumn(f"{name}_as_sent", header))
        why = f"is no text, and no rule judges {name}"
        if misfit:
            why = f"has {misfit!r} (line {cells[misfit]}), which is no legal {name}"
        written = date_format_of(cells) if name == "birthdate" else None
        if written and written != "%Y-%m-%d":
            why += f" (its dates are written {written}: `dialect: {{date_format}}` and the staging model can read them)"
        notes.append(f"the column {header!r} {why}: it is kept as the other property {name}_as_sent")
    return columns, notes


def _with_distinct_names(columns: Sequence[PlannedColumn], header: Sequence[str]) -> list[PlannedColumn]:
    """No two columns, nor two names of the staging model, may be one; nor one with that of an undeclared column."""
    declared = {column.header for column in columns}
    taken = {name for name in header if name not in declared}
    aliases: set[str] = set()
    distinct = []
    for column in columns:
        name, number = column.name, 2
        while name in taken:
            name, number = f"{column.name}_{number}", number + 1
        taken.add(name)
        distinct.append(replace(column, name=name))
        alias = name if column.identifier else alias_of(column)
        if alias in aliases:
            raise ConfigurationError(f"the column {column.header!r} cannot be {alias} as well: say another type")
        aliases |= {alias, f"{name}_as_sent"} if column.identifier else {alias}
    return distinct
