"""CSV one record at a time: what is well formed, what is rejected and why, and where reading resumes."""

from __future__ import annotations

import re
from dataclasses import replace

from loaders.errors import FileRefusedError
from loaders.reading.csv_columns import Columns
from loaders.reading.csv_patterns import Patterns
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.mapped_file import Data
from loaders.reading.unreadable import RAW_TEXT_BYTES, UnreadableLine, count_line_ends, raw_text_of

_CR, _LF = 13, 10
_PIECE_BYTES = 1 << 20
_PLAIN_LINE = re.compile(rb"[^\r\n]*+")
_CUT_MESSAGE = "the file ends in the middle of a record: it was cut, ask for it again"

Outcome = tuple[list[str] | UnreadableLine, int, int]


class RecordReader:
    """Reads the record at a given place of `data`, which is a whole file; remembers only a possible cut.

    A record is found by one possessive regular expression, which never goes back. What is rejected of a broken one is
    its extent where that is certain (C50), else its line, up to the line that closes its text (C51); reading goes on
    behind it. A line from which an open quote runs on can be scanned again only up to the next line with an odd
    number of quotes, and no line is searched twice for the end of an open text: so the whole is linear however the
    quotes fall.
    """

    def __init__(self, data: Data, dialect: Dialect, limits: Limits, end: int | None = None) -> None:
        """Prepare for `data` up to the byte `end` in `dialect`."""
        self._data, self._size, self._limits = data, len(data) if end is None else end, limits
        self._patterns = Patterns(dialect)
        self._delimiter = dialect.delimiter
        # NUL stands for a character that the dialect lacks: no well-formed record holds one.
        self._quote_byte, self._escape_byte = ((c or "\0").encode() for c in (dialect.quote, dialect.escape))
        self._strict = Patterns(replace(dialect, lenient_quotes=False)) if dialect.lenient_quotes else None
        self._open_quote: UnreadableLine | None = None
        # No line that starts before the first byte closes a text; of the second pair, the line from the first byte to
        # the second does.
        self._searched_to, self._far = 0, (-1, -1)

    def is_blank(self, position: int) -> bool:
        """Whether a blank line may be at the byte `position`."""
        return self._data[position : position + 1] in self._patterns.may_be_blank

    def skip_blank_lines(self, position: int, line: int, least: int = 1) -> tuple[int, int]:
        """The place and number of the first line at or after `position` that is not blank: of blanks and delimiters.

        A last line without a line end that has delimiters, yet fewer than the `least` values of a record, is not
        blank: it was cut.
        """
        while (end := _end(self._patterns.blank_lines, self._data, position, self._size)) > position:
            line += count_line_ends(self._data[position:end])
            position = end
        if self._patterns.blank_end.match(self._data, position, self._size):
            delimiters = self._data[position : self._size].count(self._delimiter.encode())
            if not delimiters or delimiters + 1 >= least:
                return self._size, line
        return position, line

    def read(self, position: int, line: int, columns: Columns | None) -> Outcome:
        """Read the record that starts at byte `position` on physical `line`; no blank line is there.

        Returns its cells, or why it is rejected, and the position and line number after it. `columns` None: all
        values are cells. Raises FileRefusedError `invalid_encoding` and `truncated_file`.
        """
        match = self._patterns.record.match(self._data, position, self._size)
        assert match is not None, "the pattern also matches nothing"
        end, size, data = match.end(), self._size, self._data
        if not self._is_line_end(end):
            return self._broken(match, line, columns)
        if end - position > self._limits.max_record_bytes:
            return self._rejected("record_too_long", position, end, line)
        raw: bytes = data[position:end]
        plain = self._quote_byte not in raw and self._escape_byte not in raw
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            raise self._invalid_encoding(position + error.start, line, position) from error
        values = text.split(self._delimiter) if plain else self._patterns.values(text)
        after = self._after_line_end(end)
        if columns is not None:
            if raw == b"\x1a" and after == size:
                return self._rejected("ctrl_z", position, end, line)
            if end == size and len(values) < columns.least:
                raise self._truncated(position, end, line)
            cells = columns.cells(values)
            if cells == "reordered_header":
                message = "another header comes here, as of another file: what is behind it would be in wrong columns"
                raise FileRefusedError("reordered_header", message, line, position, text)
            if isinstance(cells, str):
                return self._rejected(cells, position, end, line)
            values = cells
        self._open_quote = None
        return values, after, line + (1 if plain else 1 + count_line_ends(raw))

    def saw_good_records(self) -> None:
        """Say that well-formed records were read by other means: a quote left open before them was no cut."""
        self._open_quote = None

    def finish(self) -> None:
        """Raise FileRefusedError `truncated_file` if a quote is open to the end, no good record after."""
        if self._open_quote:
            raise self._truncated(self._size, self._size, 0)

    def _is_line_end(self, position: int) -> bool:
        return position >= self._size or self._data[position] in (_LF, _CR)

    def _broken(self, match: re.Match[bytes], line: int, columns: Columns | None) -> Outcome:
        """Reject the record at `match`, which is not well formed."""
        position = match.start()
        code, end, is_certain, open_to_end = self._diagnose(match)
        text_end = end
        if not is_certain and not open_to_end:
            text_end = self._end_of_text(match, end) or end
        outcome = self._rejected(code, position, text_end, line)
        if open_to_end:
            self._open_quote = self._open_quote or outcome[0]
        elif text_end == self._size and text_end == end and columns is not None:
            seen = self._data[position : min(end, position + self._limits.max_record_bytes)]
            count = len(self._patterns.any_fields.findall(seen)) if is_certain else seen.count(self._delimiter.encode())
            if count + 1 < columns.least:
                raise self._truncated(position, end, line)
        return outcome

    def _diagnose(self, match: re.Match[bytes]) -> tuple[str, int, bool, bool]:
        """Of a record that is not well formed: the code for the place where `match` stopped; where what is rejected
        of it ends; whether that is the certain end of the record; whether a quote is open from there to the end."""
        line_end = _end(self._patterns.line, self._data, match.start(), self._size)
        stop, opening = self._fault_at(match, self._patterns.to_quote)
        if self._is_end(stop):
            return "unclosed_quote", line_end, False, True
        stop_byte = self._data[stop : stop + 1]
        if stop_byte == b"\0" or self._data[stop : stop + 2] == self._escape_byte + b"\0":
            any_match = self._patterns.record_with_nul.match(self._data, match.start(), self._size)
            assert any_match is not None, "the pattern also matches nothing"
            if self._is_line_end(any_match.end()):
                return "nul_byte", any_match.end(), True, False
            code = "nul_byte" if stop <= line_end else "unclosed_quote"
            is_open = self._is_end(self._fault_at(any_match, self._patterns.to_quote_with_nul)[0])
            return code, line_end, False, is_open
        if stop > line_end:
            return "unclosed_quote", line_end, False, False
        return ("text_after_quote" if opening else "stray_quote"), line_end, False, False

    def _is_end(self, stop: int) -> bool:
        """Whether nothing follows, or an escape that escapes nothing."""
        is_escape = self._patterns.escape and self._data[stop : stop + 1] == self._escape_byte
        return stop >= self._size or bool(is_escape and stop + 1 == self._size)

    def _fault_at(self, match: re.Match[bytes], to_quote: re.Pattern[bytes]) -> tuple[int, bool]:
        """Where a record stops being well formed, and whether the field there begins with a quote."""
        start, stop = match.span(1)
        opening = self._patterns.opening.match(self._data, start, self._size)
        if opening and stop < opening.end():  # its closing quote was not found
            stop = _end(to_quote, self._data, start, self._size)
        return stop, opening is not None

    def _end_of_text(self, broken: re.Match[bytes], line_end: int) -> int | None:
        """The end of the text that a broken line leaves open (C51): that of the next line on which more quotes close
        than open; None if it opens none, or there is no such line within the length that a record may have."""
        if not self._patterns.opens_text(self._data[broken.start(1) : line_end]):
            return None
        limit = min(self._size, broken.start() + self._limits.max_record_bytes)
        position = max(self._after_line_end(line_end), self._searched_to)
        if position == self._far[0]:
            return self._far[1] if self._far[1] <= limit else None
        while position < limit:
            match = self._patterns.record.match(self._data, position, self._size)
            assert match is not None, "the pattern also matches nothing"
            end = match.end()
            is_suspect = not self._is_line_end(end)
            if is_suspect:
                _, end, is_certain, _ = self._diagnose(match)
                is_suspect = not is_certain
            elif self._strict and self._quote_byte in self._data[position:end]:
                strict = _end(self._strict.record, self._data, position, end)
                is_suspect = strict < end
            if is_suspect and self._patterns.closes_text(self._data[position:end]):
                self._far = (position, end)
                return end if end <= limit else None
            position = self._after_line_end(end)
            self._searched_to = position
        return None

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
            return self._size
        return end + (2 if self._data[end : end + 2] == b"\r\n" else 1)

    def _truncated(self, position: int, end: int, line: int) -> FileRefusedError:
        cut = self._open_quote or UnreadableLine(line, position, "", self._raw_text(position, end))
        return FileRefusedError("truncated_file", _CUT_MESSAGE, cut.line_number, cut.byte_offset, cut.raw_text)

    def _invalid_encoding(self, bad: int, line: int, line_from: int) -> FileRefusedError:
        """The refusal for the bad byte at `bad`; physical line `line` holds the earlier byte `line_from`."""
        line += count_line_ends(self._data[line_from:bad])
        start = max(self._data.rfind(b"\n", 0, bad), self._data.rfind(b"\r", 0, bad)) + 1
        end = _end(_PLAIN_LINE, self._data, bad, self._size)
        message = f"byte 0x{self._data[bad]:02x} is not UTF-8: ask the partner for UTF-8"
        return FileRefusedError("invalid_encoding", message, line, bad, self._raw_text(start, end))


def _end(pattern: re.Pattern[bytes], data: Data, position: int, end: int) -> int:
    """Where the match of a pattern that also matches nothing ends, looking no further than `end`."""
    match = pattern.match(data, position, end)
    assert match is not None, "the pattern also matches nothing"
    return match.end()
