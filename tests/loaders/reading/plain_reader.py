"""A second reader of CSV, character by character, that shares no code with the loader's: it says what is right.

It is slow and holds all in memory. `read` gives what lands and what is rejected, with the extent of each reject, or
the code, line and byte of the refusal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

NUL, BOM = "\0", "\ufeff"
ENDS = ("\r", "\n")
MARKS = {"utf-16": ("utf-16-le", b"\xff\xfe"), "utf-8": ("utf-8", b"")}


@dataclass(frozen=True)
class Style:
    """How a file is written: the settings by the names that feeds have for them."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    header: bool = True
    trim_around_quotes: bool = False
    lenient_quotes: bool = False
    trailing_delimiter: bool = False
    missing_cells: str = "reject"
    skip_lines: int = 0
    footer: tuple[str, ...] = ()
    encoding: str = "utf-8"


class Refused(Exception):  # noqa: N818  # as the loader calls it
    def __init__(self, code: str, place: int | None = None) -> None:
        super().__init__(code)
        self.code, self.place = code, place


@dataclass
class Parsed:
    """One record as it stands in the text, well formed or not."""

    values: list[str]
    end: int
    """After its last character, without the line end."""
    code: str | None = None
    is_whole: bool = True
    """Whether `end` is surely the end of the record; else it is that of its line."""
    is_open: bool = False
    """Whether a quote is open to the end of the file."""
    field: int = 0
    """Where the field with the fault starts."""
    has_stray: bool = False
    """Whether a quote is data in an unquoted field."""


@dataclass
class Plain:
    """The reading of one file."""

    style: Style
    text: str
    limit: int
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    rejected: list[tuple[int, int, str, str]] = field(default_factory=list)
    header: list[str] | None = None
    names: list[str] | None = None
    width: int = 0
    cut: int | None = None

    # --- places

    def line_of(self, place: int) -> int:
        return 1 + len(re.findall(r"\r\n|\r|\n", self.text[:place]))

    def line_end(self, place: int) -> int:
        while place < len(self.text) and self.text[place] not in ENDS:
            place += 1
        return place

    def record_line_end(self, place: int) -> int:
        """The same, where an escaped line end is none."""
        text, size = self.text, len(self.text)
        while place < size and text[place] not in ENDS:
            if text[place] == self.style.escape and place + 1 < size:
                place += 2 if text[place + 1 : place + 3] == "\r\n" else 1
            place += 1
        return place

    def after(self, end: int) -> int:
        return min(len(self.text), end + (2 if self.text[end : end + 2] == "\r\n" else 1))

    def is_blank(self, place: int) -> bool:
        end = self.line_end(place)
        line, d = self.text[place:end], self.style.delimiter
        is_cut = end == len(self.text) and d in line and line.count(d) + 1 < self.least
        return not line.strip(" \t" + d) and not is_cut

    # --- one record

    def record(self, start: int) -> Parsed:
        place, values = start, []
        nul: tuple[int, int] | None = None  # of the first one: its place, and where its field starts
        stray = False
        while True:
            found = self.field(place)
            if found["nul"] is not None and nul is None:
                nul = (found["nul"], place)
            stray = stray or found["stray"]
            if found["fault"]:
                return self.broken(start, place, found, nul)
            values.append(found["value"])
            end = found["end"]
            if end < len(self.text) and self.text[end] == self.style.delimiter:
                place = end + 1
                continue
            if nul is not None:
                return Parsed(values, end, "nul_byte", field=nul[1])
            return Parsed(values, end, has_stray=stray)

    def broken(self, start: int, place: int, found: dict[str, Any], nul: tuple[int, int] | None) -> Parsed:
        line_end = self.record_line_end(start)
        is_open, code, fault_field = found["fault"] == "open", found["fault"], place
        if nul is not None:
            code = "nul_byte" if nul[0] <= line_end else "unclosed_quote"
            fault_field = nul[1]
        elif is_open or found["end"] > line_end:
            code = "unclosed_quote"
        return Parsed([], line_end, code, False, is_open, fault_field)

    def field(self, start: int) -> dict[str, Any]:
        """The field at `start`: value, end, fault (`open`: it runs to the end of the file), NUL, stray quote."""
        style, text, size = self.style, self.text, len(self.text)
        found: dict[str, Any] = {"value": "", "end": size, "fault": None, "nul": None, "stray": False}
        blanks = " \t".replace(style.delimiter, "") if style.trim_around_quotes else ""
        place = start
        while place < size and text[place] in blanks:
            place += 1
        is_quoted = style.quote is not None and text[place : place + 1] == style.quote
        place = place + 1 if is_quoted else start
        behind_blanks = max(place, start)
        while behind_blanks < size and text[behind_blanks] in blanks:
            behind_blanks += 1
        cell = ""
        while True:
            if place >= size:
                found.update(value=cell, end=size, fault="open" if is_quoted else None)
                return found
            c = text[place]
            if c == NUL and found["nul"] is None:
                found["nul"] = place
            if style.escape is not None and c == style.escape:
                if place + 1 >= size:
                    found.update(fault="open", end=size)
                    return found
                pair = text[place + 1 : place + 3] if text[place + 1 : place + 3] == "\r\n" else text[place + 1]
                if pair == NUL and found["nul"] is None:
                    found["nul"] = place
                drops = pair in (style.delimiter, style.quote, style.escape, "\r", "\n", "\r\n")
                cell += pair if drops else c + pair
                place += 1 + len(pair)
                continue
            if is_quoted and c == style.quote:
                if style.escape is None and text[place + 1 : place + 2] == c:
                    cell += c
                    place += 2
                    continue
                place += 1
                while place < size and text[place] in blanks:
                    place += 1
                is_end = place >= size or text[place] in (style.delimiter, *ENDS)
                if (
                    not is_end
                    and found["nul"] is None
                    and text[place : place + 2].lstrip(style.escape or "")[:1] == NUL
                ):
                    found["nul"] = place
                if text[place:] == style.escape:  # it escapes nothing
                    found.update(fault="open")
                    return found
                found.update(value=cell, end=place, fault=None if is_end else "text_after_quote")
                return found
            if not is_quoted and c in (style.delimiter, *ENDS):
                found.update(value=cell, end=place)
                return found
            if not is_quoted and c == style.quote:
                if not (style.lenient_quotes and place > behind_blanks):
                    found.update(end=place, fault="stray_quote")
                    return found
                found["stray"] = True
            cell += c
            place += 1

    # --- the text of a quote error

    def opens(self, start: int, end: int) -> bool:
        starts = [start] + [i + 1 for i in range(start, end) if self.text[i] == self.style.delimiter]
        for place in starts:
            while self.style.trim_around_quotes and self.text[place:end][:1] in (" ", "\t"):
                if self.text[place] == self.style.delimiter:
                    break
                place += 1
            if place < end and self.text[place] == self.style.quote:
                return True
        return False

    def closes(self, raw: str) -> bool:
        style, balance, place = self.style, 0, 0
        blanks = " \t".replace(style.delimiter, "")
        border = ("", *ENDS, style.delimiter)
        while place < len(raw):
            if style.escape is not None and raw[place] == style.escape:
                place += 3 if raw[place + 1 : place + 3] == "\r\n" else 2
                continue
            if raw[place] != style.quote:
                place += 1
                continue
            run = place
            while run < len(raw) and raw[run] == style.quote:
                run += 1
            if (run - place) % 2 or style.escape is not None:
                before, after = raw[:place], raw[run:]
                if style.trim_around_quotes:
                    before, after = before.rstrip(blanks), after.lstrip(blanks)
                left, right = before[-1:], after[:1]
                closing = right in border
                opening = left in border or (left in tuple(blanks) and not closing)
                balance += int(closing) - int(opening)
            place = run
        return balance > 0

    def end_of_text(self, start: int, broken: Parsed) -> int | None:
        if self.style.quote is None or not self.opens(broken.field, broken.end):
            return None
        place = self.after(broken.end)
        while place < len(self.text) and len(self.text[start:place].encode()) < self.limit:
            record = self.record(place)
            is_suspect = record.has_stray if record.code is None else not record.is_whole
            if is_suspect and self.closes(self.text[place : record.end]):
                return record.end if len(self.text[start : record.end].encode()) <= self.limit else None
            place = self.after(record.end)
        return None

    # --- the file

    def read(self) -> None:
        place = self.begin()
        stop = place
        while stop < len(self.text):
            if self.is_blank(stop):
                stop = self.after(self.line_end(stop))
                continue
            is_header = self.style.header and self.header is None
            stop = self.read_header(stop) if is_header else self.read_record(stop)
        if self.cut is not None:
            raise Refused("truncated_file", self.cut)

    def begin(self) -> int:
        """Take off the footer, and give the place after what stands before the records."""
        place = 1 if self.text.startswith(BOM) else 0
        for _ in range(self.style.skip_lines):
            if place < len(self.text):
                place = self.after(self.line_end(place))
        said = re.fullmatch('"?(?i:sep)=(.)"?', self.text[place : self.line_end(place)])
        if said and "\0" < said[1] < "\x80":
            if said[1] != self.style.delimiter:
                raise Refused("wrong_delimiter", place)
            place = self.after(self.line_end(place))
        if self.style.footer:
            starts, start = [], place
            while start < len(self.text):
                if self.text[start : self.line_end(start)].strip(" \t"):
                    starts.append(start)
                start = self.after(self.line_end(start))
            last = starts[-len(self.style.footer) :]
            for pattern, start in zip(self.style.footer[::-1], last[::-1], strict=False):
                if not re.match(pattern, self.text[start : self.line_end(start)]):
                    raise Refused("truncated_file", start)
            if len(last) < len(self.style.footer):
                raise Refused("truncated_file")
            self.text = self.text[: last[0]]
        return place

    def read_header(self, start: int) -> int:
        record = self.record(start)
        if record.code or len(self.text[start : record.end].encode()) > self.limit:
            raise Refused("unreadable_header", start)
        self.names = record.values
        self.header = [name for name in self.names if name.strip(" \t\r\n")]
        if not self.header:
            raise Refused("unreadable_header", start)
        if len({name.strip(" \t\r\n") for name in self.header}) < len(self.header):
            raise Refused("duplicate_column", start)
        self.width = len(self.names)
        return self.after(record.end)

    @property
    def least(self) -> int:
        """How many values there must be: up to the last column that has a name."""
        if self.names is None:
            return self.width  # none before the header is read
        return max(i + 1 for i, name in enumerate(self.names) if name.strip(" \t\r\n"))

    def reject(self, start: int, end: int, code: str) -> int:
        self.rejected.append((self.line_of(start), start, code, self.text[start:end]))
        return self.after(end)

    def read_record(self, start: int) -> int:
        record = self.record(start)
        size = len(self.text)
        if record.code:
            return self.read_broken(start, record)
        end, values = record.end, record.values
        if len(self.text[start:end].encode()) > self.limit:
            return self.reject(start, end, "record_too_long")
        if self.text[start:end] == "\x1a" and self.after(end) == size:
            return self.reject(start, end, "ctrl_z")
        if end == size and len(values) < self.least:
            raise Refused("truncated_file", start if self.cut is None else self.cut)
        code = None
        may_end_in_delimiter = self.style.trailing_delimiter and self.width == self.least
        most = self.width + may_end_in_delimiter
        if len(values) > most or (len(values) < self.least and self.style.missing_cells == "reject"):
            return self.reject(start, end, "wrong_column_count")
        values = values + [""] * (self.width - len(values))
        spare, values = values[self.width :], values[: self.width]
        cells = []
        for place, value in enumerate(values):
            if self.names is None or self.names[place].strip(" \t\r\n"):
                cells.append(value)
            elif value.strip(" \t\r\n"):
                code = "nameless_cell"
        if code is None and any(value.strip(" \t\r\n") for value in spare):
            code = "wrong_column_count"
        if code is None and self.header and all(map(is_same_name, cells, self.header)):
            code = "repeated_header"
        elif code is None and self.header and (is_permuted(cells, self.header) or is_like(cells, self.header)):
            raise Refused("reordered_header", start)
        if code:
            return self.reject(start, end, code)
        self.cut = None
        self.rows.append((self.line_of(start), cells))
        return self.after(end)

    def read_broken(self, start: int, record: Parsed) -> int:
        size, code = len(self.text), record.code or ""
        if record.is_whole:
            if record.end == size and len(record.values) < self.least:
                raise Refused("truncated_file", start if self.cut is None else self.cut)
            return self.reject(start, record.end, code)
        if record.is_open:
            if self.cut is None:
                self.cut = start
            return self.reject(start, record.end, code)
        end = self.end_of_text(start, record)
        if end is not None:
            return self.reject(start, end, code)
        if record.end == size and self.text[start:size].count(self.style.delimiter) + 1 < self.least:
            raise Refused("truncated_file", start if self.cut is None else self.cut)
        return self.reject(start, record.end, code)


UNSEEN = "\u00a0\u00ad\u1680\u180e\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u3000\ufeff"
"""What the generators draw of it, and some more; all from U+2000 to U+200F, and from U+205F to U+206F."""


def is_bare(character: str) -> bool:
    """Whether it stays at the end of a name."""
    hidden = "\u2000" <= character <= "\u200f" or "\u205f" <= character <= "\u206f"
    return not hidden and character not in " \t\r\n" + UNSEEN


def bare(text: str) -> str:
    """A name without what nobody sees at its ends."""
    kept = [place for place, character in enumerate(text) if is_bare(character)]
    return text[kept[0] : kept[-1] + 1] if kept else ""


def is_same_name(cell: str, name: str) -> bool:
    """Whether a cell is the name of its column but for capitals, and what nobody sees around it."""
    said = [bare(text) for text in (cell, name)]
    return len(said[0]) == len(said[1]) and all(a == b or small(a) == small(b) for a, b in zip(*said, strict=True))


def is_like(cells: list[str], header: list[str]) -> bool:
    """Two and half of the cells say the name of their column, whatever stands between its words."""
    pairs = [(bare(cell), bare(name)) for cell, name in zip(cells, header, strict=True)]
    same = sum(is_same_name(re.sub("[-_ ]", "", cell), re.sub("[-_ ]", "", name)) for cell, name in pairs if cell)
    return same >= 2 and 2 * same >= len(cells)


def is_permuted(cells: list[str], names: list[str]) -> bool:
    """Whether each cell is the name of one of the columns, each once."""
    left = list(names)
    for cell in cells:
        found = next((name for name in left if is_same_name(cell, name)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def small(character: str) -> str:
    """As a small letter, if that is one character."""
    return character.lower() if len(character.lower()) == 1 else character


def read(content: bytes, style: Style, columns: int | None, limit: int = 1 << 20) -> Any:
    """(header, rows, rejects as (line, byte, code, text)), or (code, line, byte) of a refusal."""
    codec, mark = MARKS.get(style.encoding, (style.encoding, b""))
    text = content.removeprefix(mark).decode(codec)

    def byte(place: int) -> int:
        return len(mark) + len(text[:place].encode(codec))

    plain = Plain(style, text, limit, width=columns or 0)
    try:
        plain.read()
    except Refused as refused:
        place = refused.place
        return (
            (refused.code, None, None)
            if place is None
            else (refused.code, Plain(style, text, 0).line_of(place), byte(place))
        )
    rejected = [(line, byte(start), code, raw) for line, start, code, raw in plain.rejected]
    return plain.header, plain.rows, rejected
