"""C55: what people are told of a file that is not as declared; C54: which setting would take it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from loaders.errors import FileRefusedError
from loaders.feeds.columns import Column
from loaders.feeds.config import FeedConfig
from loaders.feeds.feed import Feed
from loaders.landing.checks import header_faults
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.encodings import check_encoding
from loaders.reading.explanation import advice, explained

FEED = Feed(
    "club__members",
    0,
    FeedConfig.model_validate(
        {
            "connection": "club",
            "file_name": "x.csv",
            "applies": "profiles",
            "tenant": "club",
            "undeclared_columns": "refuse",
        }
    ),
    (Column("email", "email", True, False), Column("name", None, True, False), Column("city", None, False, False)),
)
GOOD = b"email,name\nann@x.org,Ann\n"


def check(header: object) -> object:
    return header_faults(FEED, header, ())  # type: ignore[arg-type]


def refusal_of(tmp_path: Path, content: bytes, dialect: Dialect = Dialect()) -> FileRefusedError | None:  # noqa: B008
    """What people are told, if the file is refused."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    count = None if dialect.header else 2
    try:
        with CsvFile(path, dialect, Limits(), count, check=check if dialect.header else None) as file:  # type: ignore[arg-type]
            for _ in file.read():
                pass
    except FileRefusedError as refusal:
        return explained(refusal, path, dialect, Limits(), count, check if dialect.header else None)  # type: ignore[arg-type]
    return None


def zipped(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (zipped("[Content_Types].xml"), "not_csv", "an Excel workbook (.xlsx), not CSV: ask the partner to save it as"),
        (zipped("members.csv"), "not_csv", "a zip archive, not CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "not_csv", "an old Excel workbook (.xls)"),
        (b"%PDF-1.7\n%\xe2\xe3\n", "not_csv", "a PDF document"),
        (b"\n<!DOCTYPE html>\n<html><body>Log in</body>", "not_csv", "an HTML page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<a/>', "not_csv", "an XML document"),
        (b'[\n {"email":"ann@x.org"}\n]', "not_csv", "a JSON array"),
        (bytes(5000), "not_csv", "nothing but NUL bytes"),
        (GOOD.decode().encode("utf-16-le"), "invalid_encoding", "`encoding: utf-16-le` would take it"),
        (GOOD.decode().encode("utf-16-be"), "invalid_encoding", "`encoding: utf-16-be` would take it"),
        (b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "invalid_encoding", "`encoding: utf-16` would take it"),
    ],
)
def test_c55_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, code: str, says: str, header: bool
) -> None:
    refusal = refusal_of(tmp_path, content, Dialect(header=header))
    assert refusal is not None
    assert (refusal.code, refusal.line_number, refusal.byte_offset) == (code, 1, 0)
    assert says in refusal.message


@pytest.mark.parametrize(
    ("content", "code", "line", "says"),
    [
        (b"Club\n\n" + GOOD, "missing_column", 1, "header stands on line 3: `dialect: {skip_lines: 2}` would take it"),
        (b"email;name\nann@x.org;Ann\n", "missing_column", 1, '`dialect: {delimiter: ";"}` would take it'),
        (b"email, name\nann@x.org, Ann\n", "inexact_column", 1, "' name' (declared: 'name')"),
        (b'"email", "name"\n"ann@x.org", "A,b"\n', "unreadable_header", 1, "`dialect: {trim_around_quotes: true}`"),
        (b'"email"; "name"\n"a"; "b"\n', "unreadable_header", 1, '{delimiter: ";", trim_around_quotes: true}` would'),
        (b'email,5" name\na,b\n', "unreadable_header", 1, "cannot be read (stray_quote)"),
        (b'{"email":"ann@x.org"}\n', "unreadable_header", 1, "it looks like NDJSON"),
        (GOOD + b"bob@x.org,B\xf6b\n", "invalid_encoding", 3, "`dialect: {encoding: windows-1252}` would take it"),
        (GOOD + b"Total 1", "truncated_file", 3, '`dialect: {footer: "Total"}` would take it'),
        (GOOD + b"Total\t", "truncated_file", 3, '`dialect: {footer: "Total"}` would take it'),
        (GOOD + b"bob@x", "truncated_file", 3, "it was cut, ask for it again"),
    ],
)
def test_c55_the_message_says_which_setting_would_take_the_file(
    tmp_path: Path, content: bytes, code: str, line: int, says: str
) -> None:
    refusal = refusal_of(tmp_path, content)
    assert refusal is not None
    assert (refusal.code, refusal.line_number) == (code, line)
    assert says in refusal.message
    if "would take it" not in says and "trim" not in says:
        assert "would take it" not in refusal.message


def test_c55_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    refusal = refusal_of(tmp_path, b'\n email ,age,city,city\na,1,b,c\nd,"2"x,e,f\ng,1,h,\xff\n')
    assert refusal is not None
    assert refusal.detail == (
        "the header names a column twice: 'city'; header names are not exactly as declared: ' email ' (declared: "
        "'email'); the header [' email ', 'age', 'city', 'city'] lacks name; the header has undeclared columns ['age'];"
        " byte 0xff is not UTF-8: ask the partner for UTF-8 (line 5, byte 48); 1 lines are unreadable (first: line 4, "
        "text_after_quote) (line 2, byte 1)"
    )
    assert refusal.code == "duplicate_column"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (b"a,b,\nc,d,\n", "{trailing_delimiter: true}"),
        (b"a\nc\nd,e\n", "{missing_cells: empty}"),
        (b"Total 2\n", '{footer: "Total"}'),
        (b'a,5" b\nc,d\n', "{lenient_quotes: true}"),
        (b'"a", "b"\n"c", "d"\n', "{trim_around_quotes: true}"),
        (b"a,b\nc,d\n", None),
        (b"a,b,c\nc,d,e\n", None),
    ],
)
def test_c54_what_would_take_unreadable_lines_is_proposed(tmp_path: Path, rows: bytes, said: str | None) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"email,name\n" + rows)
    found = advice(path, Dialect(), None, check)  # type: ignore[arg-type]
    assert found == (said and f"`dialect: {said}` would take it")


@pytest.mark.parametrize(
    ("content", "encoding", "place"),
    [
        (b"email,name\na,\x81\n", "windows-1252", (2, 13)),
        ("email,name\r\na,".encode("utf-16-le") + b"\x00\xdc,\0", "utf-16-le", (2, 28)),
        (b"\xfe\xff\0a\0,\0b\0", "utf-16", (1, 8)),
        (b"email,name\n", "utf-16", (1, 0)),
        (b"\xef\xbb\xbfemail,name\n", "windows-1252", (1, 0)),
        (b"\xfe\xff\0a\0,\0b", "utf-16-le", (1, 0)),
        ("email,name\na,J\u00fcrgen\n".encode(), "windows-1252", (2, 14)),
    ],
)
def test_c54_a_byte_that_is_not_of_the_declared_encoding_is_refused_with_its_place(
    tmp_path: Path, content: bytes, encoding: str, place: tuple[int, int]
) -> None:
    refusal = refusal_of(tmp_path, content, Dialect(encoding=encoding))  # type: ignore[arg-type]
    assert refusal is not None
    assert (refusal.code, refusal.line_number, refusal.byte_offset) == ("invalid_encoding", *place)


def test_c55_a_bad_byte_is_found_where_no_character_begins_for_longer_than_a_piece() -> None:
    with pytest.raises(FileRefusedError) as caught:
        check_encoding(b"email\n" + b"\x80" * (3 << 20), "utf-8")
    assert (caught.value.line_number, caught.value.byte_offset) == (2, 6)


@pytest.mark.parametrize("content", [b"", b"email,name\n", GOOD])
def test_c54_a_file_without_its_footer_was_cut_be_it_empty(tmp_path: Path, content: bytes) -> None:
    refusal = refusal_of(tmp_path, content, Dialect(footer=("Total [0-9]+",)))
    assert refusal is not None
    assert refusal.code == "truncated_file"
    assert "footer" in refusal.message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_c54_a_footer_is_found_before_blank_lines_whatever_ends_them(tmp_path: Path, end: str) -> None:
    text = end.join(["email,name", "ann@x.org,Ann", "-" * 1000, "Total 1", "", " ", ""])
    assert refusal_of(tmp_path, text.encode(), Dialect(footer=("-+", "Total [0-9]+$"))) is None
