"""What stands around the records of a CSV file: mark, title lines, the line `sep=` of Excel, footer (C53, C54)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loaders.errors import FileRefusedError
from loaders.reading.dialect import Dialect
from loaders.reading.mapped_file import BOM, Data
from loaders.reading.unreadable import RAW_TEXT_BYTES, raw_text_of

_LINE_END = re.compile(rb"\r\n|[\r\n]")
_SEPARATOR = re.compile(rb'"?sep=([\x01-\x09\x0b\x0c\x0e-\x7f])"?(?=[\r\n]|\Z)', re.IGNORECASE)
_NAMES = {"\t": "tab", " ": "a space"}


@dataclass(frozen=True)
class Frame:
    """Where the records are: from the byte `start` on physical `line` to before the byte `end`."""

    start: int
    line: int
    end: int


def frame_of(data: Data, dialect: Dialect) -> Frame:
    """The frame of a file.

    Raises FileRefusedError with code `wrong_delimiter` if the first line says `sep=` with another delimiter,
    `truncated_file` if a declared footer is not there, `invalid_encoding` if one of these lines is not UTF-8.
    """
    position, line = (len(BOM) if data[: len(BOM)] == BOM else 0), 1
    for _ in range(dialect.skip_lines):
        if position < len(data):
            after = _after_line(data, position)
            _check_text(data, position, after, line)
            position, line = after, line + 1
    if separator := _SEPARATOR.match(data, position):
        said = separator[1].decode()
        if said != dialect.delimiter:
            message = (
                f"the first line says `sep={said}`, that the delimiter is {named(said)}; the feed declares"
                f" {named(dialect.delimiter)}: `delimiter: {quoted_setting(said)}` would take it"
            )
            raise FileRefusedError("wrong_delimiter", message, line, position, separator[0].decode())
        position, line = _after_line(data, position), line + 1
    return Frame(position, line, _before_footer(data, position, dialect.footer))


def named(delimiter: str) -> str:
    """A delimiter for people."""
    return _NAMES.get(delimiter, f"`{delimiter}`")


def quoted_setting(text: str) -> str:
    """A text as a value of YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def last_lines(data: Data, start: int, count: int) -> list[tuple[int, bytes]]:
    """Up to so many of the last lines from `start` on that are not blank: each one's place and its text, in order."""
    found: list[tuple[int, bytes]] = []
    end = len(data)
    while len(found) < count and end > start:
        line_start = _line_start(data, start, end)
        text = data[line_start : min(end, line_start + RAW_TEXT_BYTES)]
        if text.strip(b" \t"):
            found.append((line_start, text))
        end = line_start - 1
    return found[::-1]


def _line_start(data: Data, start: int, end: int) -> int:
    """Where the line that ends before the byte `end` starts, from `start` on; what is looked at grows with the line."""
    size = 256
    while True:
        reached = max(start, end - size)
        piece = data[reached:end]
        found = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        if found >= 0 or reached == start:
            return reached + found + 1
        size *= 2


def _before_footer(data: Data, start: int, footer: tuple[str, ...]) -> int:
    """Where the footer begins; the end of the file if there is none to be."""
    if not footer:
        return len(data)
    lines = last_lines(data, start, len(footer))
    for pattern, (position, text) in zip(footer[::-1], lines[::-1], strict=False):
        if not re.match(pattern, raw_text_of(text)):
            message = (
                f"the file does not end with its footer, a line that begins as {pattern!r}: it was cut, ask for it"
                " again; or correct `footer` in the feed's dialect"
            )
            raise FileRefusedError("truncated_file", message, None, position, raw_text_of(text))
    if len(lines) < len(footer):
        message = f"the file has fewer lines than its footer, {len(footer)}: it was cut, ask for it again"
        raise FileRefusedError("truncated_file", message)
    return lines[0][0]


def _after_line(data: Data, position: int) -> int:
    found = _LINE_END.search(data, position)
    return found.end() if found else len(data)


def _check_text(data: Data, start: int, end: int, line: int) -> None:
    try:
        data[start:end].decode()
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[start + error.start]:02x} is not UTF-8: ask the partner for UTF-8"
        raw = raw_text_of(data[start:end].rstrip(b"\r\n"))
        raise FileRefusedError("invalid_encoding", message, line, start + error.start, raw) from error
