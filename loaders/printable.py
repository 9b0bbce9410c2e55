"""Text of others made safe to show: what does not print is escaped, so that it is seen and not obeyed."""

from __future__ import annotations

_LONGEST_BYTES = 1024


def printable(text: str) -> str:
    """A text in which every character prints: control characters, line ends and the like are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_bytes(raw: bytes) -> str:
    """Bytes of a server as such a text: what is not UTF-8 is escaped as well, and after 1024 bytes it is cut."""
    return printable(raw[:_LONGEST_BYTES].decode("utf-8", "backslashreplace"))
