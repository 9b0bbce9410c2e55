"""CSV one record at a time: what is well formed, what is rejected and why, and where reading resumes."""

from __future__ import annotations

import re

from loaders.errors import FileRefusedError
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.mapped_file import Data
from loaders.reading.unreadable import RAW_TEXT_BYTES, UnreadableLine, count_line_ends, raw_text_of

_CR, _LF = 13, 10
_PIECE_BYTES = 1 << 20
_PLAIN_LINE = re.compile(rb"[^\r\n]*+")
_CUT_MESSAGE = "the file ends in the middle of a record: it was cut, ask for it again"


class RecordReader:
    """Reads the record at a given place of `data`, which is a whole file; remembers only a possible cut.

    A record is found by one possessive regular expression, which never goes back, and a rejected line is left
    at its end. A line from which an open quote runs on can be scanned again only up to the next line with an
    odd number of quotes, so the whole is linear however the quotes fall.
    """

    def __init__(self, data: Data, dialect: Dialect, limits: Limits) -> None:
        """Prepare for `data` in `dialect`."""
        self._data, self._size, self._limits = data, len(data), limits
        self._delimiter, self._quote = dialect.delimiter, dialect.quote or ""
        self._escape = dialect.escape or ""
        self._delimiter_byte = self._delimiter.encode()
        # NUL stands for a character that the dialect lacks: no well-formed record holds one.
        self._quote_byte, self._escape_byte = (c.encode() or b"\0" for c in (self._quote, self._escape))
        self._open_quote: UnreadableLine | None = None
        self._compile()

    def _compile(self) -> None:
        d, q, e = (re.escape(c) for c in (self._delimiter, self._quote, self._escape))
        pair = rf"{e}(?:\r\n|[^\0])"
        unquoted = rf"(?:[^{d}{q}{e}\r\n\0]++|{pair})*+" if e else rf"[^{d}{q}\r\n\0]*+"
        inner = rf"[^{q}{e}\0]*+(?:{pair if e else q + q}[^{q}{e}\0]*+)*+"
        field = f"(?:{q}{inner}{q}|{unquoted})" if q else unquoted
        line = rf"(?:[^{e}\r\n]++|{e}(?:\r\n|[\s\S])?+)*+" if e else r"[^\r\n]*+"
        self._record = re.compile(f"(?:{field}{d})*+({field})".encode())
        self._blank = re.compile(rb"(?:\r\n|[\r\n]){0,65536}+")
        self._line = re.compile(line.encode())
        self._to_quote = re.compile((f"(?:{q}{inner})?+" if q else "").encode())
        self._fields = re.compile(f"(?:{q}({inner}){q}|({unquoted})){d}" if q else f"({unquoted}){d}")
        self._escaped = re.compile(rf"{e}(\r\n|[{d}{q}{e}\r\n])")

    def skip_blank_lines(self, position: int, line: int) -> tuple[int, int]:
        """The place and line number of the first byte at or after `position` that is not a line end."""
        while (end := _end(self._blank, self._data, position)) > position:
            line += count_line_ends(self._data[position:end])
            position = end
        return position, line

    def read(self, position: int, line: int, columns: int | None) -> tuple[list[str] | UnreadableLine, int, int]:
        """Read the record that starts at byte `position` on physical `line`; no blank line is there.

        Returns its values, or why it is rejected, and the position and line number after it. `columns` is the
        number of values it must have, None for any. Raises FileRefusedError `invalid_encoding` and
        `truncated_file`.
        """
        match = self._record.match(self._data, position)
        assert match is not None, "the pattern also matches nothing"
        end, size, data = match.end(), self._size, self._data
        if end < size and data[end] not in (_LF, _CR):
            return self._reject_line(match, line, columns)
        if end - position > self._limits.max_record_bytes:
            return self._rejected("record_too_long", position, end, line)
        raw: bytes = data[position:end]
        plain = self._quote_byte not in raw and self._escape_byte not in raw
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise self._invalid_encoding(position + error.start, line, position) from error
        values = text.split(self._delimiter) if plain else self._values(text)
        after = self._after_line_end(end)
        if raw == b"\x1a" and after == size and columns is not None:
            return self._rejected("ctrl_z", position, end, line)
        if columns is not None and len(values) != columns:
            if end == size and len(values) < columns:
                raise self._truncated(position, end, line)
            return self._rejected("wrong_column_count", position, end, line)
        self._open_quote = None
        return values, after, line + (1 if plain else 1 + count_line_ends(raw))

    def saw_good_records(self) -> None:
        """Say that well-formed records were read by other means: a quote left open before them was no cut."""
        self._open_quote = None

    def finish(self) -> None:
        """Raise FileRefusedError `truncated_file` if a quote is open to the end, no good record after."""
        if self._open_quote:
            raise self._truncated(self._size, self._size, 0)

    def _values(self, text: str) -> list[str]:
        found = self._fields.findall(text + self._delimiter)
        if not self._quote:
            return [self._escaped.sub(r"\1", value) for value in found]
        if self._escape:
            return [self._escaped.sub(r"\1", quoted or unquoted) for quoted, unquoted in found]
        return [quoted.replace(self._quote * 2, self._quote) or unquoted for quoted, unquoted in found]

    def _reject_line(self, match: re.Match[bytes], line: int, columns: int | None) -> tuple[UnreadableLine, int, int]:
        """Reject the physical line on which the record at `match` starts: it is not well formed."""
        position = match.start()
        line_end = _end(self._line, self._data, position)
        code, open_to_end = self._diagnose(match, line_end)
        outcome = self._rejected(code, position, line_end, line)
        if open_to_end:
            self._open_quote = self._open_quote or outcome[0]
        elif line_end == self._size and columns is not None:
            seen = self._data[position : min(line_end, position + self._limits.max_record_bytes)]
            if seen.count(self._delimiter_byte) + 1 < columns:
                raise self._truncated(position, line_end, line)
        return outcome

    def _diagnose(self, match: re.Match[bytes], line_end: int) -> tuple[str, bool]:
        """The code for the place where `match` stopped, and whether a quote is open from there to the end."""
        field_start, stop = match.span(1)
        if field_start == stop:
            stop = _end(self._to_quote, self._data, stop)
        stop_byte = self._data[stop : stop + 1]
        if not stop_byte or (stop_byte == self._escape_byte and stop + 1 == self._size):
            return "unclosed_quote", True
        if stop > line_end:
            return "unclosed_quote", False
        if stop_byte in (b"\0", self._escape_byte):
            return "nul_byte", False
        quoted = self._quote and self._data[field_start] == ord(self._quote)
        return ("text_after_quote" if quoted else "stray_quote"), False

    def _rejected(self, code: str, position: int, end: int, line: int) -> tuple[UnreadableLine, int, int]:
        rejected = UnreadableLine(line, position, code, self._raw_text(position, end))
        next_line = line + 1
        while position < end:
            piece = self._piece(position, end)
            try:
                piece.decode()
            except UnicodeDecodeError as error:
                raise self._invalid_encoding(position + error.start, next_line - 1, position) from error
            next_line += count_line_ends(piece)
            position += len(piece)
        return rejected, self._after_line_end(end), next_line

    def _piece(self, position: int, end: int) -> bytes:
        """A piece that is small however long the line is, and ends between two characters."""
        piece: bytes = self._data[position : min(end, position + _PIECE_BYTES)]
        if position + len(piece) == end:
            return piece
        cut = len(piece) - 1
        while cut > len(piece) - 3 and piece[cut] & 0xC0 == 0x80:
            cut -= 1
        return piece[: cut - (piece[cut - 1] == _CR)]

    def _raw_text(self, position: int, end: int) -> str:
        return raw_text_of(self._data[position : min(end, position + RAW_TEXT_BYTES + 1)])

    def _after_line_end(self, end: int) -> int:
        if end >= self._size:
            return end
        return end + (2 if self._data[end : end + 2] == b"\r\n" else 1)

    def _truncated(self, position: int, end: int, line: int) -> FileRefusedError:
        cut = self._open_quote or UnreadableLine(line, position, "", self._raw_text(position, end))
        return FileRefusedError("truncated_file", _CUT_MESSAGE, cut.line_number, cut.byte_offset, cut.raw_text)

    def _invalid_encoding(self, bad: int, line: int, line_from: int) -> FileRefusedError:
        """The refusal for the bad byte at `bad`; physical line `line` holds the earlier byte `line_from`."""
        line += count_line_ends(self._data[line_from:bad])
        start = max(self._data.rfind(b"\n", 0, bad), self._data.rfind(b"\r", 0, bad)) + 1
        end = _end(_PLAIN_LINE, self._data, bad)
        message = f"byte 0x{self._data[bad]:02x} is not UTF-8: ask the partner for UTF-8"
        return FileRefusedError("invalid_encoding", message, line, bad, self._raw_text(start, end))


def _end(pattern: re.Pattern[bytes], data: Data, position: int) -> int:
    """Where the match of a pattern that also matches nothing ends."""
    match = pattern.match(data, position)
    assert match is not None, "the pattern also matches nothing"
    return match.end()
