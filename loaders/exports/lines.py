"""A row of an export as one line of text, in SQL: its cells written, guarded, quoted and put one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loaders.database import quoted
from loaders.errors import ConfigurationError
from loaders.exports.config import NUMERIC, ExportConfig, ExportDialect

FAULTS = {
    "separator_in_value": "a value of a list contains its separator",
    "formula": "a text begins as a formula does",
    "needs_quote": "a cell would need a quote, and there is none",
}
"""Why a row cannot be written."""

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FORMULA = r"^[\s\x{00A0}]*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
_NO_FORMULA = r"^\+[1-9][0-9]{6,14}$|^[+-]?[0-9]+([.,][0-9]+)?$"
"""A phone number in E.164, or a number."""


@dataclass(frozen=True)
class Column:
    """A column of the model, with its type as DuckDB says it."""

    name: str
    type: str


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def header(columns: Sequence[Column], dialect: ExportDialect, first: Sequence[str] = ()) -> bytes:
    """The first line. Raises `ConfigurationError` if a name would need a quote, and there is none."""
    cells = [*first, *(column.name for column in columns)]
    return (dialect.delimiter.join(_header_cell(cell, dialect) for cell in cells) + end_of(dialect)).encode()


def end_of(dialect: ExportDialect) -> str:
    """What ends a line."""
    return "\r\n" if dialect.line_end == "crlf" else "\n"


def line(columns: Sequence[Column], config: ExportConfig) -> str:
    """The expression of a row's line, without its end; empty cells are empty."""
    cells = [_in_line(_guarded(_written(column, config), column, config), config.dialect) for column in columns]
    if len(cells) == 1 and config.dialect.quote:  # an empty line is no row
        return f"coalesce(nullif({cells[0]}, ''), {literal(config.dialect.quote * 2)})"
    return f" || {literal(config.dialect.delimiter)} || ".join(cells)


def fault(columns: Sequence[Column], config: ExportConfig) -> str:
    """The expression of the reason (of FAULTS) for which a row cannot be written, or null."""
    cases = []
    for column in columns:
        name, kind = quoted(column.name), column.type
        if kind.endswith("[]"):
            separator = literal(config.dialect.multi_value_separator)
            each = _written(Column("each", kind[:-2]), config)
            cases.append(
                f"when len(list_filter({name}, lambda each: contains({each}, {separator}))) > 0"
                " then 'separator_in_value'"
            )
        if _is_text(kind) and config.formula_guard == "reject":
            cases.append(f"when {_is_formula(_written(column, config))} then 'formula'")
        if config.dialect.quote is None:
            written = _guarded(_written(column, config), column, config)
            cases.append(f"when {_needs_quote(written, config.dialect)} then 'needs_quote'")
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def guarded_count(columns: Sequence[Column], config: ExportConfig) -> str:
    """The expression of the number of cells in a row that the guard has written otherwise."""
    if config.formula_guard != "prefix":
        return "0"
    texts = [column for column in columns if _is_text(column.type)]
    return " + ".join(f"cast({_is_formula(_written(one, config))} as integer)" for one in texts) or "0"


def _written(column: Column, config: ExportConfig) -> str:
    """A column's value as text, or null. Raises `ConfigurationError` for a type that a cell cannot hold."""
    name = "each" if column.name == "each" else quoted(column.name)
    kind, dialect = column.type, config.dialect
    if kind.endswith("[]") and not kind.endswith("[][]"):
        each = _written(Column("each", kind[:-2]), config)
        separator = literal(dialect.multi_value_separator)
        return f"array_to_string(list_transform({name}, lambda each: {each}), {separator})"
    if kind == "VARCHAR":
        return name
    if kind in (*_WHOLE, "BOOLEAN", "UUID"):
        return f"cast({name} as varchar)"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return _number(name, kind, dialect)
    if kind == "DATE":
        return _moment(f"cast({name} as timestamp)", dialect.date_format)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return _local(f"({name} at time zone 'UTC')", config)
    if kind.startswith("TIMESTAMP"):
        return _local(f"cast({name} as timestamp)", config)
    raise ConfigurationError(f"column {column.name!r} has the type {kind}, which no cell can hold: make it a text")


def _number(name: str, kind: str, dialect: ExportDialect) -> str:
    written = f"cast({name} as varchar)"
    if kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        written = f"rtrim(rtrim({written}, '0'), '.')"
    return written if dialect.decimal_separator == "." else f"replace({written}, '.', ',')"


def _local(utc: str, config: ExportConfig) -> str:
    if config.dialect.timestamp_format in NUMERIC:
        return _moment(utc, config.dialect.timestamp_format)
    return _moment(f"timezone({literal(config.timezone)}, timezone('UTC', {utc}))", config.dialect.timestamp_format)


def _moment(naive: str, form: str) -> str:
    if form == "milliseconds":
        return f"cast(epoch_ms({naive}) as varchar)"
    if form == "seconds":
        return f"cast(epoch_ms({naive}) // 1000 as varchar)"
    return f"strftime({naive}, {literal(form)})"


def _is_text(kind: str) -> bool:
    return kind in ("VARCHAR", "VARCHAR[]")


def _is_formula(text: str) -> str:
    return (
        f"coalesce(regexp_matches({text}, {literal(_FORMULA)}) and not regexp_matches({text}, {literal(_NO_FORMULA)}),"
        " false)"
    )


def _guarded(text: str, column: Column, config: ExportConfig) -> str:
    if config.formula_guard != "prefix" or not _is_text(column.type):
        return text
    return f"case when {_is_formula(text)} then '''' || {text} else {text} end"


def _needs_quote(text: str, dialect: ExportDialect) -> str:
    special = "".join(f"\\x{{{ord(one):04X}}}" for one in f"{dialect.delimiter}{dialect.quote or ''}\r\n")
    return rf"coalesce(regexp_matches({text}, '[{special}]|^\s|\s$'), false)"


def _in_line(text: str, dialect: ExportDialect) -> str:
    if dialect.quote is None:
        return f"coalesce({text}, '')"
    quote, doubled = literal(dialect.quote), literal(dialect.quote * 2)
    return (
        f"case when {_needs_quote(text, dialect)} then {quote} || replace({text}, {quote}, {doubled}) || {quote}"
        f" else coalesce({text}, '') end"
    )


def _header_cell(name: str, dialect: ExportDialect) -> str:
    if not {dialect.delimiter, dialect.quote, "\r", "\n"} & set(name) and name == name.strip():
        return name
    if dialect.quote is None:
        raise ConfigurationError(f"column {name!r}: its name would need a quote, and there is none")
    return dialect.quote + name.replace(dialect.quote, dialect.quote * 2) + dialect.quote
