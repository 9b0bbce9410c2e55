"""Text of others: what of it is seen, and made safe to show: what does not print is escaped, not obeyed."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_BYTES = 1024
_SHOWS_NOTHING = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]"  # as the SQL function invisible()
)
_BLANK = ("Zs", "Zl", "Zp")


def printable(text: str) -> str:
    """A text in which every character prints: control characters, line ends and the like are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_bytes(raw: bytes) -> str:
    """Bytes of a server as such a text: what is not UTF-8 is escaped as well, and after 1024 bytes it is cut."""
    return printable(raw[:_LONGEST_BYTES].decode("utf-8", "backslashreplace"))


def is_blank(character: str) -> bool:
    """Whether it is a space or a separator of any kind."""
    return unicodedata.category(character) in _BLANK


def is_unseen(character: str) -> bool:
    """Whether nobody sees it: a blank, a control or format character, a filler."""
    return (
        is_blank(character) or unicodedata.category(character) in ("Cc", "Cf") or bool(_SHOWS_NOTHING.match(character))
    )


def has_hidden(text: str) -> bool:
    """Whether something stands in it that is not even a blank: a mark of byte order, a joiner, a control character."""
    return not text.isascii() and any(is_unseen(c) and not is_blank(c) for c in text)


def seen(text: str) -> str:
    """What is seen of a text: blanks of all kinds are spaces, and none at its ends."""
    if text.isascii():
        return text.strip()
    return "".join(" " if is_blank(c) else "" if is_unseen(c) else c for c in text).strip()
