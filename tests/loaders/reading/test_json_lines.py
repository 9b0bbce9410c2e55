"""Newline-delimited JSON: what lands, what is rejected with which code and where; both ways of reading agree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.errors import FileRefusedError
from loaders.reading.decode import Limits
from loaders.reading.json_lines import JsonLinesFile
from loaders.reading.json_values import MAX_DEPTH
from loaders.reading.unreadable import UnreadableLine

COLUMNS = ("a", "b")
LIMITS = Limits()
Rows = list[tuple[Any, ...]]


def read(
    path: Path,
    data: bytes,
    limits: Limits = LIMITS,
    block_bytes: int = 8 << 20,
    columns: Sequence[str] = COLUMNS,
) -> tuple[Rows, list[UnreadableLine]]:
    path.write_bytes(data)
    with JsonLinesFile(path, columns, limits, block_bytes=block_bytes) as file, duckdb.connect() as connection:
        rows: Rows = []

        def insert(batches: Iterator[pa.RecordBatch], relation: str) -> int:
            connection.register("file_rows", pa.Table.from_batches(list(batches), schema=file.schema))
            found = connection.execute(f"from {relation}").fetchall()
            rows.extend(found)
            return len(found)

        file.read_into(insert)
        assert file.row_count == len(rows)
        rows.sort(key=lambda row: row[0])
        return rows, sorted(file.unreadable, key=lambda u: u.line_number)


@pytest.mark.parametrize(
    ("line", "a", "b", "extra"),
    [
        ('{"a":"x","b":"y"}', "x", "y", None),
        ('{"a":1}', "1", None, None),
        ('{"a":12345678901234567890123,"b":9007199254740993}', "12345678901234567890123", "9007199254740993", None),
        ('{"a":1.10,"b":-0}', "1.10", "-0", None),
        ('{"a":1e400,"b":1E-2}', "1e400", "1E-2", None),
        ('{"a":true,"b":null}', "true", "", None),
        ('{ "b" : "y" , "a" : "" } ', "", "y", None),
        ('{"a":"\\u00e9\\n\\"","b":"\U0001f600"}', 'é\n"', "\U0001f600", None),
        ('{"a":"1","c":2,"d":{"k":[1.50,"x"]}}', "1", None, {"c": "2", "d": '{"k":[1.50,"x"]}'}),
        ("{}", None, None, None),
    ],
)
def test_m1_values_land_as_they_were_sent(tmp_path: Path, line: str, a: str, b: str, extra: object) -> None:
    for block_bytes in (8 << 20, 0):
        rows, unreadable = read(tmp_path / "f", f"{line}\r\n".encode(), block_bytes=block_bytes)
        assert rows == [(1, a, b, extra)]
        assert unreadable == []


@pytest.mark.parametrize("name", ["o'b", 'c"d', "e\\f", "g.h[0]", "*", "0", "a/b~c", " ", "größe"])
def test_keys_may_have_any_name(tmp_path: Path, name: str) -> None:
    lines = [{name: "x", "b": 1}, {"b": 2, name: "o'y\\"}, {name: 3}]
    data = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()
    for block_bytes in (8 << 20, 0):
        rows, unreadable = read(tmp_path / "f", data, block_bytes=block_bytes, columns=(name, "b"))
        assert rows == [(1, "x", "1", None), (2, "o'y\\", "2", None), (3, "3", None, None)]
        assert unreadable == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("x", "invalid_json"),
        ('{"a":1,}', "invalid_json"),
        ('{"a":1 ,\t}', "invalid_json"),
        ("{'a':1}", "invalid_json"),
        ('{"a":01}', "invalid_json"),
        ('{"a":NaN}', "invalid_json"),
        ('{"a":-Infinity}', "invalid_json"),
        ('{"a":1}{"a":2}', "invalid_json"),
        ('{"a":1} // no', "invalid_json"),
        ('{"a":"\t"}', "invalid_json"),
        ('{"a":"\\ud800"}', "invalid_json"),
        ("[" * 100_000, "too_deep"),
        ("[1]", "not_an_object"),
        ('"a"', "not_an_object"),
        ("null", "not_an_object"),
        ('{"a":1,"a":1}', "duplicate_key"),
        ('{"c":1,"c":1}', "duplicate_key"),
        ('{"a":[1]}', "nested_value"),
        ('{"b":{}}', "nested_value"),
        ('{"c":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", "too_deep"),
        ('{"c":' + "[" * 900 + "]" * 900 + "}", "too_deep"),
        ('{"a":"\\u0000"}', "nul_byte"),
        ('{"a":"' + "x" * 300_000 + '"}', "record_too_long"),
    ],
)
def test_m1_a_bad_line_is_rejected_with_its_number_and_text_and_the_others_land(
    tmp_path: Path, line: str, code: str
) -> None:
    limits = replace(LIMITS, max_record_bytes=200_000)
    for block_bytes in (8 << 20, 0):
        data = f'{{"a":1}}\n\n{line}\n{{"b":2}}'.encode()
        rows, unreadable = read(tmp_path / "f", data, limits, block_bytes)
        assert [row[:3] for row in rows] == [(1, "1", None), (4, None, "2")]
        assert [(u.line_number, u.byte_offset, u.code) for u in unreadable] == [(3, 9, code)]
        assert line.startswith(unreadable[0].raw_text)


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b'[{"a":1}]', "not_ndjson", 1),
        (b'\xef\xbb\xbf \n[\n{"a":1}\n]', "not_ndjson", 1),
        ('{"a":1}'.encode("utf-16"), "invalid_encoding", 1),
        (b'{"a":1}\n{"a":"\xff"}\n', "invalid_encoding", 2),
        (b'{"a":1}\n{"a":"x', "truncated_file", 2),
    ],
)
def test_m1_a_file_of_another_kind_is_refused(tmp_path: Path, data: bytes, code: str, line: int) -> None:
    with pytest.raises(FileRefusedError) as refused:
        read(tmp_path / "f", data)
    assert (refused.value.code, refused.value.line_number) == (code, line)


def test_undeclared_keys_can_be_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b'{"a":1}\n{"a":1,"d":2,"c":3}\n')
    for block_bytes in (8 << 20, 0):
        with (
            JsonLinesFile(tmp_path / "f", COLUMNS, LIMITS, refuse_undeclared=True, block_bytes=block_bytes) as file,
            pytest.raises(FileRefusedError, match=r"\['c', 'd'\]") as refused,
        ):
            list(file.others())
        assert (refused.value.code, refused.value.line_number, refused.value.byte_offset) == ("undeclared_column", 2, 8)


def test_a_file_without_a_line_has_no_rows(tmp_path: Path) -> None:
    for data in (b"", b"\xef\xbb\xbf", b"\n \r\n"):
        assert read(tmp_path / "f", data) == ([], [])


def test_limits_on_rows_and_on_rejected_text(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="too_many_rows"):
        read(tmp_path / "f", b'{"a":1}\n' * 3, replace(LIMITS, max_rows=2))
    with pytest.raises(FileRefusedError, match="too_many_unreadable"):
        read(tmp_path / "f", b"x\n" * 30, replace(LIMITS, max_unreadable_bytes=1000))


_SCALARS = st.one_of(
    st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.none(), st.sampled_from(["\0", "é", '"', "\\"])
)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=2), max_leaves=3)
_OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "a b"]), _VALUES, max_size=4)


@st.composite
def _lines(draw: st.DrawFn) -> str:
    """A line of JSON, one in three with a character taken out or put in."""
    line = json.dumps(
        draw(st.one_of(_OBJECTS, _OBJECTS, _VALUES)),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")])),
    ).replace("\n", " ")
    if draw(st.integers(0, 2)) == 0:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(st.sampled_from(["", ",", "}", " ", "\r", "0", "-", '"', "\\u0000"])) + line[at + 1 :]
    return line + draw(st.sampled_from(["", "", " ", "\r"]))


@st.composite
def _lines_alike(draw: st.DrawFn) -> list[str]:
    """Lines as one program writes them, then one in three of them with something put in or in another's place."""
    spaces = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
    ensure_ascii, end = draw(st.booleans()), draw(st.sampled_from(["", "\r", " "]))
    keys = draw(st.permutations(["a", "b", "c"]))
    kinds = {key: draw(st.sampled_from(_KINDS)) for key in keys}
    may_be_missing = draw(st.sets(st.sampled_from(keys)))

    def line(strange: bool) -> str:
        left_out = draw(st.sets(st.sampled_from(keys))) & may_be_missing
        values = {key: draw(_SCALARS if strange else kinds[key]) for key in keys if key not in left_out}
        text = json.dumps(values, ensure_ascii=ensure_ascii, separators=spaces)
        if strange and draw(st.booleans()):
            at = draw(st.integers(0, len(text)))
            text = text[:at] + draw(st.sampled_from(_MUTATIONS)) + text[at + draw(st.integers(0, 3)) :]
        return text + end

    return [line(False) for _ in range(2)] + [
        line(draw(st.integers(0, 2)) == 0) for _ in range(draw(st.integers(0, 5)))
    ]


_KINDS = [st.text(max_size=5), st.text('\\"/ é\n', max_size=4), st.integers(), st.booleans(), st.none()]
_MUTATIONS = [
    *'"\\,:{}[] \r\t0-1.eé\x01',
    "\\u0000",
    "\\u0041",
    "\\/",
    ".0",
    "e1",
    "null",
    "NaN",
    "1e5",
    '"a":1,',
    ',"d":1',
    ',"a":"x"',
    "{}",
]


@settings(max_examples=200, deadline=None)
@given(
    lines=st.one_of(st.lists(_lines(), max_size=6), _lines_alike()),
    columns=st.sampled_from([("a", "b"), ("c", "b", "a")]),
    block_bytes=st.sampled_from([1, 30, 8 << 20]),
)
def test_m1_reading_in_bulk_and_line_by_line_agree(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], columns: Sequence[str], block_bytes: int
) -> None:
    data = ("\n".join(lines) + "\n").encode("utf-8", "surrogatepass")
    path = tmp_path_factory.getbasetemp() / "lines"

    def outcome(size: int) -> object:
        try:
            return read(path, data, block_bytes=size, columns=columns)
        except FileRefusedError as refused:
            return str(refused)

    assert outcome(block_bytes) == outcome(0)
