"""Seeds: the declared data of seeds/*.csv, read as strictly as files of partners, each line with its number (C91)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from loaders.errors import ConfigurationError

SeedLine = dict[str, str]
"""Column to cell; an empty cell is ''."""


def seed_lines(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, SeedLine]]:
    """The lines of a seed, each with the number of the line on which it begins; blank ones are skipped.

    Raises `ConfigurationError` with file and line if it is not there, is not CSV in UTF-8 with exactly these columns,
    or a cell has white space at its ends: nothing in a file would ever be equal to it.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _lines(path, file, columns)
    except FileNotFoundError:
        header = ",".join(columns)
        raise ConfigurationError(f"{path}: there is no such file: make it, with the one line {header!r}") from None
    except UnicodeDecodeError:
        number = next(n for n, line in enumerate(path.read_bytes().split(b"\n"), 1) if not _is_utf8(line))
        raise ConfigurationError(f"{path}:{number}: this is not UTF-8: save the file in this encoding") from None


def _lines(path: Path, file: TextIO, columns: Sequence[str]) -> Iterator[tuple[int, SeedLine]]:
    reader, number = csv.reader(file, strict=True), 1
    try:
        for cells in reader:
            begin, number = number, reader.line_num + 1
            if begin == 1:
                if cells != list(columns):
                    raise ConfigurationError(f"{path}:1: the header is {','.join(cells)!r}, not {','.join(columns)!r}")
                continue
            if not cells:
                continue
            if len(cells) != len(columns):
                raise ConfigurationError(f"{path}:{begin}: {len(cells)} cells instead of {len(columns)}")
            line = dict(zip(columns, cells, strict=True))
            if padded := next((name for name in columns if line[name] != line[name].strip()), None):
                raise ConfigurationError(
                    f"{path}:{begin}: {padded} {line[padded]!r} has white space at its ends: take it away"
                )
            yield begin, line
    except csv.Error as error:
        raise ConfigurationError(f"{path}:{number}: this is no CSV: {error}") from None
    if number == 1:
        raise ConfigurationError(f"{path}:1: the file is empty: its header is {','.join(columns)!r}")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
