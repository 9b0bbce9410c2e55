"""How a feed's CSV is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be",
    "windows-1252", "cp1252", "latin-1", "iso-8859-1", "iso-8859-2", "iso-8859-9", "iso-8859-15",
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp437", "cp850",
]  # fmt: skip
"""What files may be encoded in; each is a table, or Unicode, and gives every text in one way only."""
ENCODINGS: tuple[str, ...] = get_args(Encoding)


@dataclass(frozen=True)
class Dialect:
    """How a feed's files are written; each character is one ASCII character.

    `quote` None: quotes are plain data. `escape` None: a quote inside a quoted field is doubled. With an
    escape, quotes are not doubled: before a delimiter, quote, escape or line end, in or out of quotes, the
    escape makes that character data, and before anything else (`\\N`) it is data itself.
    `header` False: the first record is data. A byte order mark of the encoding is accepted and stripped.

    What is tolerated (C54): `trim_around_quotes`, spaces and tabs between quotes and delimiters; `lenient_quotes`,
    quotes within a field that does not begin with one; `trailing_delimiter`, one after the last cell;
    `fill_missing_cells`, lines with too few cells. `skip_lines` physical lines come before the header. `footer` is
    regular expressions of the last lines, each matched at the beginning of one; a file without them was cut.

    Raises ValueError for characters that cannot be told apart, and for tolerances without a quote to apply to.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    header: bool = True
    trim_around_quotes: bool = False
    lenient_quotes: bool = False
    trailing_delimiter: bool = False
    fill_missing_cells: bool = False
    skip_lines: int = 0
    footer: tuple[str, ...] = ()
    encoding: Encoding = "utf-8"

    def __post_init__(self) -> None:
        """Refuse a dialect in which two characters would mean the same, or a setting would mean nothing."""
        characters = [c for c in (self.delimiter, self.quote, self.escape) if c is not None]
        if any(len(c) != 1 or not c.isascii() or c in "\r\n\0" for c in characters):
            raise ValueError("delimiter, quote and escape are each one ASCII character, not CR, LF or NUL")
        if len(set(characters)) != len(characters):
            raise ValueError("delimiter, quote and escape must differ (doubled quotes need no escape)")
        tolerant = [name for name in ("trim_around_quotes", "lenient_quotes") if getattr(self, name)]
        if tolerant and self.quote is None:
            raise ValueError(f"`{tolerant[0]}` does nothing where `quote` is null: leave it out")
        if self.trim_around_quotes and {self.quote, self.escape} & set(self.blanks):
            raise ValueError("`trim_around_quotes` trims spaces and tabs: neither can be the quote or escape")
        if self.skip_lines < 0:
            raise ValueError("`skip_lines` is a number of lines, from 0")
        for pattern in self.footer:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"footer {pattern!r} is no regular expression: {error}") from None
            if re.match(pattern, ""):
                raise ValueError(f"footer {pattern!r} matches any line: say how the footer begins")

    @property
    def blanks(self) -> str:
        """The blanks that are no delimiter."""
        return " \t".replace(self.delimiter, "")
