"""A sample file of a new partner: what its name and bytes say of others like it. What they leave open is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from loaders.errors import ConfigurationError, FileRefusedError
from loaders.new_feed.sample_dialect import dialect_of, has_decimal_comma
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.dialect import Dialect
from loaders.reading.json_lines import JsonLinesFile

NDJSON = (".ndjson", ".jsonl")
_LOOKED_AT_ROWS = 100_000
_PLAIN_NAME = re.compile(r"[\w .+@=,()-]+")
_DIGITS = re.compile(r"(?<![0-9])(?:[0-9]{14}|[0-9]{8})(?![0-9])")
_TIMES = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True)
class Sample:
    """What a sample says."""

    name: str
    """The file's name."""
    is_ndjson: bool
    header: list[str]
    """The names of the columns, or the keys, as sent."""
    dialect: Dialect = field(default_factory=Dialect)
    cells: dict[str, dict[str, int]] = field(default_factory=dict)
    """The different filled cells of each column, trimmed, of the first rows, each with its first line."""
    decimal_separator: str = "."
    notes: list[str] = field(default_factory=list)
    """What people should know of how it is written."""


def read_sample(path: Path, delimiter: str | None, quote: str | None) -> Sample:
    """Read a sample: CSV with a header, or NDJSON by its extension, either as gzip. `delimiter` None: it is found.

    What its lines need to be read is proposed, and noted. Raises `ConfigurationError` if it cannot be read, or the
    delimiter cannot be told for certain.
    """
    if not path.is_file():
        raise ConfigurationError(f"{path}: {'is no regular file' if path.exists() else 'there is no such file'}")
    is_gzip, is_ndjson = path.name.endswith(".gz"), path.name.removesuffix(".gz").endswith(NDJSON)
    with TemporaryDirectory(prefix="muster-sample-") as folder:
        link = Path(folder, "file")
        link.symlink_to(path.resolve())
        try:
            with open_decoded(link, "gzip" if is_gzip else "none", Limits()) as plain:
                if is_ndjson:
                    return _ndjson(path.name, plain)
                return _csv(path.name, plain, delimiter, quote)
        except FileRefusedError as refusal:
            raise ConfigurationError(f"{path.name}: {refusal}") from None
        except ValueError as fault:
            raise ConfigurationError(f"{path.name}: {fault}") from None


def file_name_like(name: str) -> str:
    """The pattern of names like this one: a run of 8 or 14 digits that is a date is the file's time.

    Raises `ConfigurationError` where that is not certain.
    """
    if not _PLAIN_NAME.fullmatch(name):
        raise ConfigurationError(f"the name {name!r} has characters that mean something in patterns: give --file-name")
    plain = name.removesuffix(".gz")
    times = list(filter(_is_time, _DIGITS.finditer(plain)))
    if len(times) > 1:
        raise ConfigurationError(f"the name {name!r} has more than one date: give --file-name")
    if not times:
        return f"{plain}[.gz]"
    start, end = times[0].span()
    return f"{plain[:start]}{{timestamp:{_TIMES[end - start]}}}{plain[end:]}[.gz]"


def _is_time(run: re.Match[str]) -> bool:
    with suppress(ValueError):
        return 1990 <= datetime.strptime(run[0], _TIMES[len(run[0])]).year <= 2100
    return False


def _csv(name: str, plain: Path, delimiter: str | None, quote: str | None) -> Sample:
    dialect, notes = dialect_of(name, plain, delimiter, quote)
    with CsvFile(plain, dialect, Limits()) as file:
        header = file.header or []
        cells: dict[str, dict[str, int]] = {column: {} for column in header}
        for batch in file.read():
            lines = batch.column(0).to_pylist()
            for column, values in zip(header, batch.columns[1:], strict=True):
                _note_filled(cells[column], values.to_pylist(), lines)
            if file.row_count >= _LOOKED_AT_ROWS:
                break
    if not header:
        raise ConfigurationError(f"{name}: the sample is empty: it needs a header")
    has_comma = dialect.delimiter != "," and has_decimal_comma([list(found) for found in cells.values()])
    return Sample(name, False, header, dialect, cells, "," if has_comma else ".", notes)


def _ndjson(name: str, plain: Path) -> Sample:
    cells: dict[str, dict[str, int]] = {}
    with JsonLinesFile(plain, [], Limits(), block_bytes=0) as file:
        for line, sent in _objects(file):
            for key, cell in sent:
                _note_filled(cells.setdefault(key, {}), [cell], [line])
            if file.row_count >= _LOOKED_AT_ROWS:
                break
    if not cells:
        raise ConfigurationError(f"{name}: no line of the sample is a flat JSON object")
    return Sample(name, True, list(cells), cells=cells)


def _objects(file: JsonLinesFile) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    for batch in file.others():
        for line, extra in zip(batch.column(0).to_pylist(), batch.column("_extra").to_pylist(), strict=True):
            yield line, extra or []


def _note_filled(found: dict[str, int], cells: Sequence[str], lines: Sequence[int]) -> None:
    for cell, line in zip(cells, lines, strict=True):
        if text := cell.strip(" \t\r\n"):
            found.setdefault(text, line)
