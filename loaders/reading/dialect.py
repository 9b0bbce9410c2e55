"""How a feed's CSV is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How a feed's files are written; each character is one ASCII character.

    `quote` None: quotes are plain data. `escape` None: a quote inside a quoted field is doubled. With an
    escape, quotes are not doubled: before a delimiter, quote, escape or line end, in or out of quotes, the
    escape makes that character data, and before anything else (`\\N`) it is data itself.
    `header` False: the first record is data. Files are UTF-8; a byte order mark is accepted and stripped.
    Raises ValueError for characters that cannot be told apart.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    header: bool = True

    def __post_init__(self) -> None:
        """Refuse a dialect in which two characters would mean the same."""
        characters = [c for c in (self.delimiter, self.quote, self.escape) if c is not None]
        if any(len(c) != 1 or not c.isascii() or c in "\r\n\0" for c in characters):
            raise ValueError("delimiter, quote and escape are each one ASCII character, not CR, LF or NUL")
        if len(set(characters)) != len(characters):
            raise ValueError("delimiter, quote and escape must differ (doubled quotes need no escape)")
