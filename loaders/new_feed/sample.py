"""A sample file of a new partner: what its name and bytes say of others like it. What they leave open is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from loaders.errors import ConfigurationError, FileRefusedError
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.dialect import Dialect
from loaders.reading.json_lines import JsonLinesFile

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
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
    cells: dict[str, set[str]] = field(default_factory=dict)
    """The different filled cells of each column, trimmed, of the first rows."""


def read_sample(path: Path, delimiter: str | None, quote: str | None) -> Sample:
    """Read a sample: CSV with a header, or NDJSON by its extension, either as gzip. `delimiter` None: it is found.

    Raises `ConfigurationError` if it cannot be read, or the delimiter cannot be told for certain.
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
                return _csv(path.name, plain, Dialect(delimiter or _delimiter_of(path.name, plain, quote), quote))
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


def _delimiter_of(name: str, plain: Path, quote: str | None) -> str:
    """The one candidate that gives every record the same number of fields, and more than one."""
    fits: list[str] = []
    refusals: list[str] = []
    for word, candidate in DELIMITERS.items():
        try:
            with CsvFile(plain, Dialect(candidate, quote), Limits()) as file:
                all(batch.num_rows for batch in file.read())
                if file.columns > 1 and not file.unreadable:
                    fits.append(word)
        except FileRefusedError as error:
            refusals.append(f"with {word}: {error.code}, {error.detail}")
        except ValueError:
            continue
    if len(fits) == 1:
        return DELIMITERS[fits[0]]
    fault = f"{' and '.join(fits)} each give" if fits else "neither comma, semicolon, tab nor pipe gives"
    because = f" ({'; '.join(dict.fromkeys(refusals))})" if refusals and not fits else ""
    raise ConfigurationError(
        f"{name}: {fault} every record the same number of fields, more than one: say which it is with --delimiter"
        f"{because}"
    )


def _csv(name: str, plain: Path, dialect: Dialect) -> Sample:
    with CsvFile(plain, dialect, Limits()) as file:
        header = file.header or []
        cells: dict[str, set[str]] = {column: set() for column in header}
        for batch in file.read():
            for column, values in zip(header, batch.columns[1:], strict=True):
                cells[column] |= _filled(values.to_pylist())
            if file.row_count >= _LOOKED_AT_ROWS:
                break
    if not header:
        raise ConfigurationError(f"{name}: the sample is empty: it needs a header")
    return Sample(name, False, header, dialect, cells)


def _ndjson(name: str, plain: Path) -> Sample:
    cells: dict[str, set[str]] = {}
    with JsonLinesFile(plain, [], Limits(), block_bytes=0) as file:
        for sent in _objects(file):
            for key, cell in sent:
                cells.setdefault(key, set()).update(_filled([cell]))
            if file.row_count >= _LOOKED_AT_ROWS:
                break
    if not cells:
        raise ConfigurationError(f"{name}: no line of the sample is a flat JSON object")
    return Sample(name, True, list(cells), cells=cells)


def _objects(file: JsonLinesFile) -> Iterator[list[tuple[str, str]]]:
    for batch in file.others():
        for extra in batch.column("_extra").to_pylist():
            yield extra or []


def _filled(cells: list[str]) -> set[str]:
    return {text for cell in cells if (text := cell.strip(" \t\r\n"))}
