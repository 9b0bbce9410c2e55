"""CSV as sent (D1-D19, E17): both ways of reading against each other and csv.writer, and case by case."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.errors import FileRefusedError
from loaders.reading.csv_file import BLOCK_BYTES, CsvFile
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect

Row = tuple[int, list[str]]
# Every record alone; blocks of a few records, so that every place is once a border; all in one block.
BLOCKS = (0, 48, BLOCK_BYTES)
BS = "\\"


@contextmanager
def opened(content: bytes, dialect: Dialect, columns: int | None, **options: Any) -> Iterator[CsvFile]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(content)
        with CsvFile(path, dialect, options.pop("limits", Limits()), columns, **options) as file:
            yield file


def rows_of(batches: Iterator[pa.RecordBatch]) -> list[Row]:
    found: list[Row] = []
    for batch in batches:
        lines, *columns = (column.to_pylist() for column in batch.columns)
        found += [(line, list(values)) for line, values in zip(lines, zip(*columns, strict=True), strict=True)]
    return found


def outcome(content: bytes, dialect: Dialect, columns: int | None, limits: Limits | None = None) -> Any:
    """What reading makes of it: the same for all sizes of block, and record by record (0)."""
    outcomes: list[Any] = []
    for block_bytes in BLOCKS:
        options = {"limits": limits or Limits(), "block_bytes": block_bytes}
        try:
            with opened(content, dialect, columns, **options) as file:
                rows = rows_of(file.read())
                rejected = [(u.line_number, u.byte_offset, u.code, u.raw_text) for u in file.unreadable]
                assert file.row_count == len(rows)
                outcomes.append((file.header, rows, rejected))
        except FileRefusedError as refusal:
            place = (refusal.line_number, refusal.byte_offset, refusal.raw_text)
            outcomes.append((refusal.code, *place))
    for other in outcomes[1:]:
        assert other == outcomes[0]
    return outcomes[0]


characters = st.one_of(
    st.sampled_from("\"',;\\\n\r ab\ufeff"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1a"),
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.text(characters, max_size=6), min_size=width, max_size=width), min_size=1, max_size=12
    )
)
writers = st.sampled_from(
    [
        (Dialect(), {"quoting": csv.QUOTE_MINIMAL}),
        (Dialect(), {"quoting": csv.QUOTE_ALL}),
        (Dialect(delimiter=";", quote="'"), {"quoting": csv.QUOTE_MINIMAL}),
        (Dialect(escape=BS), {"quoting": csv.QUOTE_MINIMAL, "escapechar": BS, "doublequote": False}),
        (Dialect(escape=BS), {"quoting": csv.QUOTE_ALL, "escapechar": BS, "doublequote": False}),
        (
            Dialect(delimiter="\t", escape=BS),
            {"quoting": csv.QUOTE_ALL, "escapechar": BS, "doublequote": False},
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(tables, writers, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
@example([["\ufeffa", "x"]] * 20, (Dialect(), {"quoting": csv.QUOTE_MINIMAL}), "\n", True, True)
@example([["a\n\nb", ""]] * 9, (Dialect(), {"quoting": csv.QUOTE_MINIMAL}), "\r\n", False, False)
def test_what_was_written_is_read(
    table: list[list[str]], writer: tuple[Dialect, dict[str, Any]], line_end: str, bom: bool, last_end: bool
) -> None:
    dialect, options = writer
    if options["quoting"] == csv.QUOTE_MINIMAL and line_end == "\n":
        # csv.writer leaves a lone CR bare then, and a bare CR ends a line.
        table = [[value.replace("\r", "") for value in row] for row in table]
    header = [f"column {i}" for i in range(len(table[0]))]
    buffer = io.StringIO(newline="")
    write = csv.writer(buffer, delimiter=dialect.delimiter, quotechar=dialect.quote, lineterminator=line_end, **options)
    expected, line = [], 1
    for row in [header, *table]:
        before = buffer.tell()
        write.writerow(row)
        written = buffer.getvalue()[before:]
        if written.strip(f" \t\r\n{dialect.delimiter}"):  # else it is a blank line
            expected.append((line, row))
        line += len(re.findall(r"\r\n|\r|\n", written))
    text = buffer.getvalue()[: None if last_end else -len(line_end)]
    content = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    assert outcome(content, dialect, None) == (header, expected[1:], [])


PLAIN_ROWS = [[f"k{i}", "grün", "", f"{i}.50"] for i in range(12)]
QUOTED_ROWS = [[f"k{i}", 'a "b", c', "two\nlines" if i % 4 == 0 else "", f"{i}.50"] for i in range(12)]


def encoded(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


mutations = st.sampled_from([b'"', b'""', b",", b"\0", b"\r", b"\n", b"\n\n", b"\xff", b"\xc0\x80", b"x", b"\x1a"])


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from([PLAIN_ROWS, QUOTED_ROWS]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2), mutations), min_size=1, max_size=3),
    st.floats(0, 1),
)
def test_damage_is_seen_the_same_by_all_ways(
    rows: list[list[str]], damages: list[tuple[float, int, bytes]], cut: float
) -> None:
    content = encoded(rows)
    for place, deleted, inserted in damages:
        index = int(place * len(content))
        content = content[:index] + inserted + content[index + deleted :]
    outcome(content[: max(1, int(cut * len(content)))] if cut < 0.3 else content, Dialect(header=False), 4)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 11), st.floats(0, 1), mutations.filter(lambda m: not {*m} & {*b"\r\n"}), st.booleans())
def test_damage_in_one_line_leaves_the_others_intact(
    damaged: int, place: float, inserted: bytes, replaces: bool
) -> None:
    lines = encoded(PLAIN_ROWS).splitlines()
    index = int(place * len(lines[damaged]))
    lines[damaged] = lines[damaged][:index] + inserted + lines[damaged][index + replaces :]
    content = b"\n".join(lines) + b"\n"
    result = outcome(content, Dialect(header=False), 4)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        assert result == ("invalid_encoding", damaged + 1, error.start, result[3])
        return
    if result[0] == "truncated_file":
        assert damaged == 11 and '"' in result[3]
        return
    _, rows, rejected = result
    others = [(i + 1, row) for i, row in enumerate(PLAIN_ROWS) if i != damaged]
    assert [row for row in rows if row[0] != damaged + 1] == others
    assert [place[:2] for place in rejected] in (
        [],
        [(damaged + 1, len(b"\n".join([*lines[:damaged], b""])))],
    )
    assert len(rows) + len(rejected) == 12


H = b"a,b\n"
NO_HEADER = Dialect(header=False)
ONE = [(2, ["1", "x"])]
THREE = [(2, ["1", "x"]), (4, ["3", "z"])]


@pytest.mark.parametrize(
    ("content", "dialect", "rows", "rejected"),
    [
        pytest.param(H, Dialect(), [], [], id="d02_header_only"),
        pytest.param(b"a,b", Dialect(), [], [], id="d02_header_only_without_line_end"),
        pytest.param(H + b"1,x", Dialect(), ONE, [], id="d04_no_last_line_end"),
        pytest.param(H + b"1,x\n\n\n", Dialect(), ONE, [], id="d04_double_last_line_end"),
        pytest.param(b"\n\r\n" + H + b"\n1,x\n", Dialect(), [(5, ["1", "x"])], [], id="d04_blank_lines"),
        pytest.param(
            b"a,b\r\n\r\n1,x\r\n\r\n3,z\r\n",
            Dialect(),
            [(3, ["1", "x"]), (5, ["3", "z"])],
            [],
            id="d04_blank_crlf_lines",
        ),
        pytest.param(
            b'a,b\r\n\r\n1,"x"\r\n\r\n3,z\r\n',
            Dialect(),
            [(3, ["1", "x"]), (5, ["3", "z"])],
            [],
            id="d04_blank_crlf_lines_and_quotes",
        ),
        pytest.param(b"a\n\n1\n\n\n2\n", Dialect(), [(3, ["1"]), (6, ["2"])], [], id="d04_blank_one_column"),
        pytest.param(b'a\n""\n', Dialect(), [(2, [""])], [], id="d04_quoted_empty_is_no_blank_line"),
        pytest.param(H + b"1,x\n2\n3,z\n", Dialect(), THREE, [(3, 8, "wrong_column_count", "2")], id="d06_short"),
        pytest.param(
            H + b"1,x\n2,y,y\n3,z\n",
            Dialect(),
            THREE,
            [(3, 8, "wrong_column_count", "2,y,y")],
            id="d06_long",
        ),
        pytest.param(
            H + b"1,x\n2,y,\n3,z\n",
            Dialect(),
            THREE,
            [(3, 8, "wrong_column_count", "2,y,")],
            id="d06_extra_delimiter",
        ),
        pytest.param(H + b"1,x\n2,y,", Dialect(), ONE, [(3, 8, "wrong_column_count", "2,y,")], id="d06_long_at_end"),
        pytest.param(
            H + b'1,x\n"2\n\n2",y,y\n3,z\n',
            Dialect(),
            [(2, ["1", "x"]), (6, ["3", "z"])],
            [(3, 8, "wrong_column_count", '"2\n\n2",y,y')],
            id="d06_long_over_three_lines",
        ),
        pytest.param(
            H + b'1,x\n2,y"y"\n3,z\n',
            Dialect(),
            THREE,
            [(3, 8, "stray_quote", '2,y"y"')],
            id="d07_stray_quote",
        ),
        pytest.param(
            H + b'1,x\n2,"y"y\n3,z\n',
            Dialect(),
            THREE,
            [(3, 8, "text_after_quote", '2,"y"y')],
            id="d07_text_after_quote",
        ),
        pytest.param(
            H + b'1,x\n2,"y\n3,z\n',
            Dialect(),
            THREE,
            [(3, 8, "unclosed_quote", '2,"y')],
            id="d07_unclosed_quote",
        ),
        pytest.param(
            H + b'1,x\n2,"y\n3,z\n4,"q"\n',
            Dialect(),
            [*THREE, (5, ["4", "q"])],
            [(3, 8, "unclosed_quote", '2,"y')],
            id="d07_unclosed_quote_before_a_quoted_field",
        ),
        pytest.param(
            H + b'2,"' + b"y" * 60 + b"\n3,z\n4,z\n",
            Dialect(),
            [(3, ["3", "z"]), (4, ["4", "z"])],
            [(2, 4, "unclosed_quote", '2,"' + "y" * 60)],
            id="d07_unclosed_quote_before_a_clean_block",
        ),
        pytest.param(H + b'1,"x\ny"\n', Dialect(), [(2, ["1", "x\ny"])], [], id="d08_line_feed_in_quotes"),
        pytest.param(
            H + b'1,"x\r\ny"\r\n2,""""\r\n',
            Dialect(),
            [(2, ["1", "x\r\ny"]), (4, ["2", '"'])],
            [],
            id="d08_crlf_in_quotes",
        ),
        pytest.param(b"a,b\r\n1,x\r\n3,z\r\n", Dialect(), [*ONE, (3, ["3", "z"])], [], id="d09_crlf"),
        pytest.param(b"a,b\r1,x\r3,z\r", Dialect(), [*ONE, (3, ["3", "z"])], [], id="d09_cr"),
        pytest.param(
            b"a,b\r1,x\r\n2,y\n\r3,z",
            Dialect(),
            [(2, ["1", "x"]), (3, ["2", "y"]), (5, ["3", "z"])],
            [],
            id="d09_mixed",
        ),
        pytest.param(b"\xef\xbb\xbf" + H + b"1,x\n", Dialect(), ONE, [], id="d10_bom"),
        pytest.param(b'\xef\xbb\xbf"a","b"\n1,x\n', Dialect(), ONE, [], id="d10_bom_and_quoted_header"),
        pytest.param(H + b"1,x\n\0,y\n3,z\n", Dialect(), THREE, [(3, 8, "nul_byte", "\0,y")], id="d12_nul"),
        pytest.param(
            H + b'1,x\n2,"\0"\n3,z\n',
            Dialect(),
            THREE,
            [(3, 8, "nul_byte", '2,"\0"')],
            id="d12_nul_in_quotes",
        ),
        pytest.param(
            H + b'0012,""\n1.0E+10,\n+491,NaN\nNULL,' + rb"\N" + b"\n x , y \n",
            Dialect(),
            [
                (2, ["0012", ""]),
                (3, ["1.0E+10", ""]),
                (4, ["+491", "NaN"]),
                (5, ["NULL", r"\N"]),
                (6, [" x ", " y "]),
            ],
            [],
            id="d16_values_as_sent",
        ),
        pytest.param(
            H + "\u201cq\u201d,\u00a0n\u200b\n\u202er,\ufeff\n".encode(),
            Dialect(),
            [(2, ["\u201cq\u201d", "\u00a0n\u200b"]), (3, ["\u202er", "\ufeff"])],
            [],
            id="d17_odd_characters",
        ),
        pytest.param(
            H + b"#1,x\n--,y\n=1+1,z\n",
            Dialect(),
            [(2, ["#1", "x"]), (3, ["--", "y"]), (4, ["=1+1", "z"])],
            [],
            id="d19_no_comments",
        ),
        pytest.param(H + b"1,x\n\x1a", Dialect(), ONE, [(3, 8, "ctrl_z", "\x1a")], id="d19_ctrl_z"),
        pytest.param(b"a\r\n1\r\n\x1a\r\n", Dialect(), [(2, ["1"])], [(3, 6, "ctrl_z", "\x1a")], id="d19_ctrl_z_line"),
        pytest.param(b"a,b\n1,x\n", NO_HEADER, [(1, ["a", "b"]), *ONE], [], id="no_header"),
        pytest.param(b'a,b\n1,"x"y"\n', Dialect(quote=None), [(2, ["1", '"x"y"'])], [], id="quotes_are_data"),
        pytest.param(
            b"a;b\n1,5;x\n2;y\n",
            Dialect(delimiter=";"),
            [(2, ["1,5", "x"]), (3, ["2", "y"])],
            [],
            id="semicolon",
        ),
        pytest.param(
            H + rb'1,"x\"\\\n"' + b"\n" + rb"2,y\,\N" + b"\n3,z\\\nz\n" + b'4,"x""x"\n',
            Dialect(escape=BS),
            [(2, ["1", 'x"\\\\n']), (3, ["2", r"y,\N"]), (4, ["3", "z\nz"])],
            [(6, 31, "text_after_quote", '4,"x""x"')],
            id="escape",
        ),
        pytest.param(
            H + b'1,"x""x"\n3,z\n',
            Dialect(escape=BS),
            [(3, ["3", "z"])],
            [(2, 4, "text_after_quote", '1,"x""x"')],
            id="escape_declared_but_quotes_doubled",
        ),
    ],
)
def test_lines(content: bytes, dialect: Dialect, rows: list[Row], rejected: list[Any]) -> None:
    _, found, unreadable = outcome(content, dialect, 2)
    assert (found, unreadable) == (rows, rejected)


@pytest.mark.parametrize(
    ("content", "limits", "refusal"),
    [
        pytest.param(H + b"1,x\n2", None, ("truncated_file", 3, 8, "2"), id="d05_short_last"),
        pytest.param(b"a,b,c\n,1,x\n,", None, ("truncated_file", 3, 11, ","), id="d05_behind_an_empty_first_cell"),
        pytest.param(H + b'1,x\n2,"y', None, ("truncated_file", 3, 8, '2,"y'), id="d05_in_quotes"),
        pytest.param(H + b'1,x\n2,"y\n', None, ("truncated_file", 3, 8, '2,"y'), id="d05_at_line_end_in_quotes"),
        pytest.param(H + b'1,x\n2,"y\nmore', None, ("truncated_file", 3, 8, '2,"y'), id="d05_in_second_line_of_value"),
        pytest.param(H + b"1,x\n" + bytes(9), None, ("truncated_file", 3, 8, "\0" * 9), id="d05_nul_tail"),
        pytest.param(
            "a,b\n1,x\n".encode("utf-16"),
            None,
            ("invalid_encoding", 1, 0, "\\xff\\xfea\0"),
            id="d11_utf16",
        ),
        pytest.param(H + b"1,x\n2,gr\xfcn\n", None, ("invalid_encoding", 3, 12, "2,gr\\xfcn"), id="d11_latin1"),
        pytest.param(b"a,\xfc\n1,x\n", None, ("invalid_encoding", 1, 2, "a,\\xfc"), id="d11_latin1_header"),
        pytest.param(
            H + b'1,"y\n\x80z"\n', None, ("invalid_encoding", 3, 9, '\\x80z"'), id="d12_second_line_of_record"
        ),
        pytest.param(H + b"1,\xc0\x80\n", None, ("invalid_encoding", 2, 6, "1,\\xc0\\x80"), id="d12_overlong"),
        pytest.param(
            H + b"1,\xed\xa0\x80\n",
            None,
            ("invalid_encoding", 2, 6, "1,\\xed\\xa0\\x80"),
            id="d12_surrogate",
        ),
        pytest.param(H + b"1,2,\xff\n", None, ("invalid_encoding", 2, 8, "1,2,\\xff"), id="d12_in_rejected_line"),
        pytest.param(b"a,a\n1,x\n", None, ("duplicate_column", 1, 0, None), id="d13_duplicate"),
        pytest.param(b"a,\t a \n1,x\n", None, ("duplicate_column", 1, 0, None), id="d13_duplicate_once_trimmed"),
        pytest.param(b'a,b"\n1,x\n', None, ("unreadable_header", 1, 0, 'a,b"'), id="d13_unreadable"),
        pytest.param(
            b",".join(b"%d" % i for i in range(100_000)) + b"\n",
            None,
            ("too_many_columns", 1, 0, None),
            id="d15_columns",
        ),
        pytest.param(H + b"1,x\n2\n3,z\n", Limits(max_rows=2), ("too_many_rows", None, None, None), id="max_rows"),
    ],
)
def test_refused(content: bytes, limits: Limits | None, refusal: tuple[object, ...]) -> None:
    assert outcome(content, Dialect(), None, limits) == refusal


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n\r"])
@pytest.mark.parametrize("dialect", [Dialect(), NO_HEADER])
def test_d01_empty(content: bytes, dialect: Dialect) -> None:
    with opened(content, dialect, 2) as file:
        assert (file.is_empty, file.header) == (True, None)
    assert outcome(content, dialect, 2) == (None, [], [])


def test_d13_names_of_duplicates_are_told() -> None:
    with pytest.raises(FileRefusedError, match="'b'"), opened(b"a,b,b\n", Dialect(), None):
        pass


@pytest.mark.parametrize("row", [b"2," + b"y" * 200, b'2,"' + b"y\n" * 100 + b'"', b"y" * 200, b"," * 199 + b"y"])
def test_d15_long_records_are_rejected_as_one(row: bytes) -> None:
    content = H + b"1,x\n" + row + b"\n3,z\n"
    _, rows, rejected = outcome(content, Dialect(), None, Limits(max_record_bytes=199))
    assert [values for _, values in rows] == [["1", "x"], ["3", "z"]]
    assert rejected == [(3, 8, "record_too_long", row.decode())]
    at_limit = outcome(content, Dialect(), None, Limits(max_record_bytes=len(row)))
    assert [code for *_, code, _ in at_limit[2]] in ([], ["wrong_column_count"])


def test_d15_raw_text_is_cut_between_characters_and_lines_counted_on() -> None:
    row = "é".encode() * (3 << 20) + b'"' + b"x\r\n"
    _, rows, rejected = outcome(H + b"-" + row + b"3,z\n", Dialect(), None)
    assert rows == [(3, ["3", "z"])]
    assert rejected == [(2, 4, "stray_quote", "-" + "é" * ((64 << 9) - 1))]


def test_unreadable_lines_have_a_bound() -> None:
    content = H + b"x\n" * 5000
    assert outcome(content, Dialect(), None, Limits(max_unreadable_bytes=100_000))[0] == "too_many_unreadable"


def test_a_second_reading_starts_afresh() -> None:
    with opened(H + b"1,x\n2\n3,z\n", Dialect(), None) as file:
        for _ in range(2):
            assert rows_of(file.read()) == THREE
            assert (file.row_count, len(file.unreadable)) == (2, 1)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_c54_a_second_reading_names_the_same_bytes_of_another_encoding(encoding: str) -> None:
    codec, text = ("utf-16-le" if encoding == "utf-16" else encoding), "\ufeffa,b\n1,\U0001f600\n2\n3,z\n4\n"
    places = [len(text[: text.index(f"\n{line}\n") + 1].encode(codec)) for line in (2, 4)]
    with opened(text.encode(codec), Dialect(encoding=encoding), None) as file:  # type: ignore[arg-type]
        for _ in range(2):
            assert rows_of(file.read()) == [(2, ["1", "\U0001f600"]), (4, ["3", "z"])]
            assert [line.byte_offset for line in file.unreadable] == places


def test_clean_files_go_by_the_block_and_one_bad_line_does_not_change_that(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[f"k{i}", 'say "x", y', "", f"{i}"] for i in range(20_000)]
    lines = encoded([["a", "b", "c", "d"], *rows]).splitlines(keepends=True)
    with opened(b"".join(lines), Dialect(), None) as file, monkeypatch.context() as patched:
        patched.setattr(CsvFile, "_by_record", None)
        assert rows_of(file.read()) == list(enumerate(rows, 2))
    lines[9_999] = b"bad\n"
    with opened(b"".join(lines), Dialect(), None, block_bytes=1 << 18) as file:
        expected = [row for row in enumerate(rows, 2) if row[0] != 10_000]
        assert rows_of(file.read()) == expected
        assert [u.line_number for u in file.unreadable] == [10_000]


@pytest.mark.parametrize(
    ("content", "dialect"),
    [
        pytest.param(b'"' * 1_000_000, Dialect(), id="quotes"),
        pytest.param(b'"' * 1_000_001 + b"\n", Dialect(), id="odd_quotes"),
        pytest.param(b"," * 1_000_000 + b"\n", Dialect(), id="delimiters"),
        pytest.param(b'"x\n' * 100_000, Dialect(), id="unclosed_on_every_line"),
        pytest.param(b'x,"x\n' * 100_001, Dialect(), id="unclosed_second_field"),
        pytest.param(b'"\n' + b'""\n' * 100_000, Dialect(), id="unclosed_then_pairs"),
        pytest.param(b'"x\n' + b'""x\n' * 100_000, Dialect(), id="unclosed_then_bad_lines"),
        pytest.param(b'x"' * 500_000, Dialect(), id="stray_quotes"),
        pytest.param(b'""x\n,""\n"""\n' * 50_000, Dialect(), id="mixed_quotes"),
        pytest.param(b'x"\\\n' * 100_000, Dialect(escape=BS), id="escaped_line_ends"),
        pytest.param(b"a\\\n" * 100_000 + b'x"', Dialect(escape=BS), id="escaped_line_ends_then_stray"),
        pytest.param(b"\\" * 1_000_001, Dialect(escape=BS), id="escapes"),
        pytest.param(b'x,"\\"\n' * 100_000, Dialect(escape=BS), id="escaped_quotes"),
        pytest.param(b"\r\n" * 500_000 + b"\r" * 500_000, Dialect(), id="blank_lines"),
        pytest.param(b"\0\n" * 100_000, Dialect(), id="nul_on_every_line"),
    ],
)
def test_e17_time_is_linear(content: bytes, dialect: Dialect) -> None:
    """Each takes a second or two; with one rescan to the end per line it would take hours."""
    started = time.process_time()
    for block_bytes in (0, BLOCK_BYTES):
        with opened(b"a,b\n" + content, dialect, None, block_bytes=block_bytes) as file:
            try:
                for _ in file.read():
                    pass
            except FileRefusedError as refusal:
                assert refusal.code == "truncated_file"
    assert time.process_time() - started < 20


@pytest.mark.parametrize("wrong", [{"delimiter": ""}, {"delimiter": "é"}, {"quote": ","}, {"escape": '"'}])
def test_dialects_that_cannot_be_told_apart(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="escape"):
        Dialect(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quote": None, "lenient_quotes": True}, "`lenient_quotes` does nothing where `quote` is null"),
        ({"quote": None, "trim_around_quotes": True}, "`trim_around_quotes` does nothing where `quote` is null"),
        ({"quote": " ", "trim_around_quotes": True}, "neither can be the quote or escape"),
        ({"skip_lines": -1}, "from 0"),
        ({"footer": ("(",)}, "is no regular expression"),
        ({"footer": ("Total", ".*")}, r"'\.\*' matches any line"),
    ],
)
def test_c24_tolerances_that_mean_nothing_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Dialect(**wrong)
