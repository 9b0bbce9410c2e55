"""The loader's reader against a second one (C50 to C54): the same rows and the same rejected extents, always."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from loaders.errors import FileRefusedError
from loaders.reading.csv_file import BLOCK_BYTES, CsvFile
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.likeness import refuse_other_kinds

from . import plain_reader
from .plain_reader import Style

BLOCKS = (0, 48, BLOCK_BYTES)
PIECES = [
    '"', '"', '"', '""', '"a"', '"a\nb"', ",", ",", ";", "\n", "\n", "\r\n", "\r", "\0", "a", "b c", "é", " ", "\t",
    "\\", '\\"', "\\\n", "\ufeff", "\x1a", "\U0001f600",
]  # fmt: skip
TEXT_OPEN = ('1,"Flat 3 "B"', "Long St, 5", 'Berlin"')


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """The default more often than not, else some of the settings."""
    if draw(st.integers(0, 2)) == 0:
        return Style(header=draw(st.booleans()))
    delimiter = draw(st.sampled_from(",,,;\t"))
    quote = draw(st.sampled_from(['"', '"', '"', "'", None]))
    return Style(
        delimiter,
        quote,
        draw(st.sampled_from([None, None, None, "\\"])),
        draw(st.booleans()),
        quote is not None and draw(st.booleans()),
        quote is not None and draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from(["reject", "empty"])),
        draw(st.sampled_from([0, 0, 1, 2])),
        draw(st.sampled_from([(), (), ("Total",), ("-+", "Total")])),
        draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])),
    )


@st.composite
def files(draw: st.DrawFn, style: Style) -> bytes:
    """Lines as a program writes them, in between lines that it does not, and anything anywhere."""
    d, width = style.delimiter, draw(st.integers(1, 4))
    names = [draw(st.sampled_from([f"n{i}", f"n{i}", f"n{i}", "", " "])) for i in range(width)]
    if not any(name.strip() for name in names):
        names[0] = "n0"
    header = d.join(names)
    quoted = st.sampled_from(["a", "", "x y", " z", '"q"', '"a""b"', '"a\nb"', '"a,b"', ' "t" ', '5" pipe', "n0"])
    cells = st.lists(st.sampled_from(["a", "b", "", "x y"]), min_size=width, max_size=width)
    line = st.one_of(
        cells.map(d.join),
        cells.map(d.join),
        st.lists(quoted, min_size=width, max_size=width).map(d.join),
        st.lists(quoted, max_size=width + 1).map(d.join),
        cells.map(lambda row: d.join([*row, ""])),
        cells.map(lambda row: d.join(f'"{cell}"' for cell in row)),
        st.sampled_from([header, d * (width - 1), "   ", "", f'x{d}"y', f'{d}"', "\ufeff" + header, 'Berlin"']),
        st.sampled_from([header.upper(), header.replace(d, f" {d} "), f" {header.title()}"]),
        st.just("\n".join(TEXT_OPEN)),
        st.lists(st.sampled_from(PIECES), max_size=5).map("".join),
    )
    lines = draw(st.lists(line, max_size=9))
    head = [*(["Report"] * style.skip_lines if draw(st.integers(0, 4)) else [])]
    head += draw(st.sampled_from([[], [], [], [f"sep={d}"], ["sep=;"]]))
    foot = draw(st.sampled_from([[], ["Total 3"], ["--", "Total 3"], ["--", "Total 3"]]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join([*head, *([header] if style.header else []), *lines, *foot])
    text += draw(st.sampled_from([end, end, "", end + " \t" + end]))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + draw(st.integers(0, 2)) :]
    if style.quote == "'":
        text = text.replace('"', "'")
    mark = plain_reader.MARKS.get(style.encoding, ("", b""))[1]
    codec = plain_reader.MARKS.get(style.encoding, (style.encoding, b""))[0]
    if style.encoding == "windows-1252":
        text = text.replace("\ufeff", "").replace("\U0001f600", "")
    return mark + text.lstrip("\ufeff").encode(codec)


samples = styles().flatmap(lambda style: st.tuples(st.just(style), files(style)))


def dialect_of(style: Style) -> Dialect:
    return Dialect(
        style.delimiter,
        style.quote,
        style.escape,
        style.header,
        style.trim_around_quotes,
        style.lenient_quotes,
        style.trailing_delimiter,
        style.missing_cells == "empty",
        style.skip_lines,
        style.footer,
        style.encoding,  # type: ignore[arg-type]
    )


def found(content: bytes, style: Style, columns: int | None, limit: int, block_bytes: int) -> Any:
    limits = Limits(max_record_bytes=limit)
    try:
        with CsvFile(content, dialect_of(style), limits, columns, block_bytes=block_bytes) as file:
            rows: list[tuple[int, list[str]]] = []
            for batch in file.read():
                lines, *cells = (column.to_pylist() for column in batch.columns)
                rows += [(line, list(row)) for line, row in zip(lines, zip(*cells, strict=True), strict=True)]
            rejected = [(u.line_number, u.byte_offset, u.code, u.raw_text) for u in file.unreadable]
            return file.header, rows, rejected
    except FileRefusedError as refusal:
        return refusal.code, refusal.line_number, refusal.byte_offset


def is_other_kind(content: bytes, style: Style) -> bool:
    """Whether it is refused before it is read, as what is not CSV: tests/loaders/reading/test_csv_messages.py."""
    try:
        refuse_other_kinds(content, style.encoding)
    except FileRefusedError:
        return True
    return False


def compare(style: Style, content: bytes, limit: int) -> None:
    assume(not is_other_kind(content, style))
    columns = None if style.header else 2
    right = plain_reader.read(content, style, columns, limit)
    for block_bytes in BLOCKS:
        outcome = found(content, style, columns, limit, block_bytes)
        if isinstance(outcome[0], str) and outcome[1] is None:
            outcome = (outcome[0], right[1], outcome[2])  # of the last lines the number is not counted
        assert outcome == right, f"blocks of {block_bytes}"


MARKED = (Style(), "n0,n1\na,b\n\ufeffn0,n1\n".encode())
ALMOST_THE_HEADER = (Style(), "n0,n1\n n0,n1\nn0 ,n1\nN0,n1\nn0, n1\nn0,\ufeffn1\n\ufeff\ufeffn0,n1\nn0,\n".encode())

NAMES = "straße,ID\u212a"
IN_CAPITALS = (
    Style(),
    f"{NAMES}\na,b\nSTRAßE,idk\nSTRASSE,idk\n\ufeff Straße\t, Idk \nStraße,id\nstraße,idk2\n".encode(),
)


@settings(max_examples=400, deadline=None)
@example(IN_CAPITALS, 1 << 20)
@example(MARKED, 1 << 20)
@example(ALMOST_THE_HEADER, 1 << 20)
@given(samples, st.sampled_from([1 << 20, 1 << 20, 24]))
def test_c54_two_readers_say_the_same(sample: tuple[Style, bytes], limit: int) -> None:
    compare(*sample, limit)


@pytest.mark.proof
@settings(max_examples=60_000, deadline=None)
@given(samples, st.sampled_from([1 << 20, 1 << 20, 24]))
def test_c54_two_readers_say_the_same_of_many_files(sample: tuple[Style, bytes], limit: int) -> None:
    compare(*sample, limit)
