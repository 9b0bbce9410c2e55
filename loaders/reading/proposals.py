"""Which settings of a feed's dialect would take a file: tried out on its beginning, one after the other (C54, C55).

Nothing is read by what is proposed here: it is for people to declare.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import cast

from loaders.errors import FileRefusedError
from loaders.reading.csv_file import CsvFile
from loaders.reading.csv_frame import last_lines, quoted_setting
from loaders.reading.csv_header import Fault
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect, Encoding
from loaders.reading.encodings import MARKS
from loaders.reading.likeness import wide_encoding
from loaders.reading.unreadable import UnreadableLine

Check = Callable[[Sequence[str]], list[Fault]] | None
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 256 << 10
_LONGEST_TITLE = 20
_LONGEST_FOOTER = 60
_MOST_CHANGES = 5
_LOOKS_LIKE_FOOTER = re.compile(
    r"\W*(?:(?:(?:grand )?totals?|sums?|summary|rows?|row ?counts?|records?|counts?|trailer|footer|end|eof|generated"
    r"|exported)(?![a-z])|[0-9]+ (?:rows|records|lines|entries))|[-=*#]{2,}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Trial:
    """What reading a sample in a dialect came to; the smaller `score`, the better."""

    dialect: Dialect
    score: tuple[int, int, int, int]
    """Whether it has no readable header, the faults of the header, whether the rest is refused, the unreadable lines;
    of a header with faults the rest is not looked at."""
    row_count: int = 0
    header: tuple[str, ...] = ()
    header_line: int = 1
    unreadable: tuple[UnreadableLine, ...] = ()
    refusal: FileRefusedError | None = None

    @property
    def fits(self) -> bool:
        """Whether the header is as it should be, and most lines can be read."""
        return self.score[:3] == (0, 0, 0) and len(self.unreadable) <= self.row_count

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to say against it."""
        return self.score == (0, 0, 0, 0)


def sample_of(path: Path) -> bytes:
    """The whole lines at the beginning of a file, in any of the encodings."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
        if not file.read(1):
            return start
    end = start.rfind(b"\n") + 1
    wide = wide_encoding(start[:4096]) or next((name for name, mark in MARKS.items() if start.startswith(mark)), "")
    return start[: end + (wide == "utf-16-le")]


def tried(sample: bytes, dialect: Dialect, column_count: int | None, check: Check) -> Trial:
    """Read the sample."""
    try:
        with CsvFile(sample, dialect, Limits(), column_count, check=check, keep_faults=True) as file:
            refusal = None
            try:
                for _ in () if file.faults else file.read():
                    pass
            except FileRefusedError as error:
                refusal = error
            return Trial(
                dialect,
                (int(file.is_empty), len(file.faults), int(refusal is not None), len(file.unreadable)),
                file.row_count,
                tuple(file.header or ()),
                file.header_line,
                tuple(file.unreadable),
                refusal,
            )
    except FileRefusedError as error:
        return Trial(dialect, (2, 0, 0, 0), refusal=error)


def best_trial(sample: bytes, dialect: Dialect, column_count: int | None, check: Check, *, delimiters: bool) -> Trial:
    """The best that changing settings of the dialect one by one comes to; `delimiters`: that may be changed too."""
    best = tried(sample, dialect, column_count, check)
    for _ in range(_MOST_CHANGES):
        if best.is_clean:
            break
        others = [tried(sample, other, column_count, check) for other in _changed(sample, best, delimiters)]
        better = min(others, key=lambda trial: trial.score, default=best)
        if better.score >= best.score:
            break
        best = better
    if best.dialect.skip_lines != dialect.skip_lines:  # blank lines before the header are skipped anyhow
        return replace(best, dialect=replace(best.dialect, skip_lines=best.header_line - 1))
    return best


def _changed(sample: bytes, trial: Trial, delimiters: bool) -> Iterator[Dialect]:
    """The dialect with one setting changed, of those that may have to do with what is wrong."""
    dialect = trial.dialect
    if trial.refusal and trial.refusal.code == "invalid_encoding":
        for encoding in encodings_of(sample):
            yield replace(dialect, encoding=encoding)
        return
    if delimiters:
        for delimiter in DELIMITERS:
            if delimiter not in (dialect.delimiter, dialect.quote, dialect.escape):
                yield replace(dialect, delimiter=delimiter)
                if dialect.quote and not {dialect.quote, dialect.escape} & {" ", "\t"}:
                    yield replace(dialect, delimiter=delimiter, trim_around_quotes=True)
    if dialect.quote and not dialect.trim_around_quotes and not {dialect.quote, dialect.escape} & {" ", "\t"}:
        yield replace(dialect, trim_around_quotes=True)
    if dialect.quote and not dialect.lenient_quotes:
        yield replace(dialect, lenient_quotes=True)
    if not dialect.trailing_delimiter:
        yield replace(dialect, trailing_delimiter=True)
    text = _last_line(sample, dialect)
    footer = None if dialect.footer else _footer(text)
    if footer:
        yield replace(dialect, footer=(footer,))
    if not dialect.fill_missing_cells and not (footer and _ends_with(trial, text)):
        yield replace(dialect, fill_missing_cells=True)  # or the footer would be a row
    if dialect.header and not dialect.skip_lines:
        for count in range(1, _LONGEST_TITLE + 1):
            yield replace(dialect, skip_lines=count)


def encodings_of(sample: bytes) -> Iterator[Encoding]:
    """The encodings, other than UTF-8, in which a file that begins so may be."""
    marked = next((name for name, mark in MARKS.items() if sample.startswith(mark)), None)
    wide = wide_encoding(sample[:4096])
    if marked in ("utf-16-le", "utf-16-be"):
        yield "utf-16"
    elif wide:
        yield cast(Encoding, wide)
    elif marked is None:
        yield "windows-1252"


def _last_line(sample: bytes, dialect: Dialect) -> str:
    """The last line that is not blank; nothing of it in UTF-16."""
    lines = last_lines(sample, 0, 1) if not dialect.encoding.startswith("utf-16") else []
    return lines[0][1].decode("utf-8", "replace").strip() if lines else ""


def _ends_with(trial: Trial, text: str) -> bool:
    """Whether the last line is one that could not be read."""
    if trial.refusal:
        return trial.refusal.code == "truncated_file"
    return bool(trial.unreadable) and trial.unreadable[-1].raw_text.strip() == text


def _footer(last_line: str) -> str | None:
    """A pattern of the last line, if it looks like no record."""
    text = last_line[:_LONGEST_FOOTER]
    if not _LOOKS_LIKE_FOOTER.match(text):
        return None
    words = re.match(r"[^0-9]*(?:[0-9]+ [a-zA-Z]+)?", text)
    said = (words[0] if words else text).rstrip()
    return re.sub("[0-9]+", "[0-9]+", re.escape(said)).replace("\\ ", " ") if said.isprintable() else None


def settings_text(dialect: Dialect, before: Dialect) -> str:
    """What has to be said in a feed's `dialect` instead, as YAML on one line."""
    return "{" + ", ".join(f"{name}: {text}" for name, text in settings_of(dialect, before).items()) + "}"


def settings_of(dialect: Dialect, before: Dialect) -> dict[str, str]:
    """The settings of a feed's `dialect` that differ, each with its value as YAML."""
    changed: dict[str, str] = {}
    for name in (field.name for field in fields(Dialect)):
        value = getattr(dialect, name)
        if value == getattr(before, name):
            continue
        if name == "fill_missing_cells":
            changed["missing_cells"] = "empty"
        elif name == "footer":
            changed[name] = quoted_setting(value[0])
        elif isinstance(value, bool | int):
            changed[name] = str(value).lower()
        else:
            changed[name] = "null" if value is None else value if name == "encoding" else quoted_setting(value)
    return changed
