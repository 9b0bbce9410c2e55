"""A line that cannot be read, and its text for people."""

from __future__ import annotations

from dataclasses import dataclass

RAW_TEXT_BYTES = 64 << 10


@dataclass(frozen=True)
class UnreadableLine:
    """One rejected line, or one rejected record, with what lies in its open text.

    `line_number` is its first physical line, from 1; `byte_offset` that line's first byte, from 0, in the
    plain file. `raw_text` is the bytes without line end, as UTF-8, cut at 64 KiB. `code` is one of
    wrong_column_count, stray_quote, text_after_quote, unclosed_quote, nul_byte, record_too_long, ctrl_z,
    repeated_header, nameless_cell.
    """

    line_number: int
    byte_offset: int
    code: str
    raw_text: str


def count_line_ends(raw: bytes) -> int:
    """Physical line ends in `raw`; CR LF is one."""
    return raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")


def raw_text_of(raw: bytes) -> str:
    """The bytes as text for people: bad bytes as \\xNN, cut at 64 KiB and never within a character."""
    cut = RAW_TEXT_BYTES
    while RAW_TEXT_BYTES - cut < 3 and cut < len(raw) and raw[cut] & 0xC0 == 0x80:
        cut -= 1
    return raw[:cut].decode("utf-8", "backslashreplace")
