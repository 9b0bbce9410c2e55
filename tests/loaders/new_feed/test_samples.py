"""What is proposed for a sample, and what is asked for instead of guessed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import yaml

from loaders.errors import ConfigurationError
from loaders.new_feed.sample import Sample, file_name_like, read_sample
from loaders.new_feed.sample_columns import IDS, planned_columns
from tests.contracts.installation import ROOT

TYPES = {"first_name": "varchar", "birthdate": "date", "age": "integer"}


def sample(tmp_path: Path, content: str | bytes, name: str = "sample.csv", delimiter: str | None = None) -> Sample:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_sample(tmp_path / name, delimiter, '"')


@pytest.mark.parametrize(
    ("content", "delimiter", "header"),
    [
        ("a,b\n1,2\n", ",", ["a", "b"]),
        ('a;"b,c";d\n1;2,5;3,5\n', ";", ["a", "b,c", "d"]),
        ("a\tb\r\n1\t2\r\n", "\t", ["a", "b"]),
        ("a|b\n1|2,3\n1|2\n", "|", ["a", "b"]),
        ('a,b\n"x;y\nz",2\n', ",", ["a", "b"]),
    ],
)
def test_the_one_delimiter_that_fits_is_found(tmp_path: Path, content: str, delimiter: str, header: list[str]) -> None:
    found = sample(tmp_path, content)
    assert (found.dialect.delimiter, found.header) == (delimiter, header)
    assert sample(tmp_path, gzip.compress(content.encode()), "sample.csv.gz").header == header


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("a,b;c\n1,2;3\n", "comma and semicolon each give"),
        ("email\nann@x.org\n", "neither comma"),
        ("a,b\n1,2,3\n", "neither comma"),
        ("", "neither comma"),
    ],
)
def test_a_delimiter_is_not_guessed(tmp_path: Path, content: str, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{hint}.*--delimiter"):
        sample(tmp_path, content)


def test_a_delimiter_that_is_said_is_taken(tmp_path: Path) -> None:
    assert sample(tmp_path, "a,b;c\n1,2;3\n", delimiter=";").header == ["a,b", "c"]
    assert sample(tmp_path, "email\nann@x.org\n", delimiter=",").cells == {"email": {"ann@x.org": 2}}


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("sample.csv", b"a,b\n\x81,1\n", "not windows-1252"),
        ("sample.csv.gz", b"a,b\n", "not_gzip"),
        ("sample.ndjson", b'[{"a": 1}]', "not_ndjson"),
        ("sample.ndjson", b"nothing\n", "no line of the sample"),
    ],
)
def test_a_sample_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        sample(tmp_path, content, name)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("orders_20260301.csv", "orders_{timestamp:%Y%m%d}.csv[.gz]"),
        ("20260301120000-orders.csv.gz", "{timestamp:%Y%m%d%H%M%S}-orders.csv[.gz]"),
        ("orders_20261301.csv", "orders_20261301.csv[.gz]"),
        ("orders_12345678.csv", "orders_12345678.csv[.gz]"),
        ("orders_123456789.csv", "orders_123456789.csv[.gz]"),
        ("orders.ndjson", "orders.ndjson[.gz]"),
    ],
)
def test_a_date_in_the_name_is_the_files_time(name: str, pattern: str) -> None:
    assert file_name_like(name) == pattern


@pytest.mark.parametrize("name", ["20260301_20260302.csv", "a[1].csv", "{{ x }}.csv", 'a"b.csv'])
def test_a_name_that_could_mean_something_else_is_asked_for(name: str) -> None:
    with pytest.raises(ConfigurationError, match="--file-name"):
        file_name_like(name)


TWO = "id,email,first_name\n1,ann@x.org,Ann\n2,bob@x.org,Bob\n"


@pytest.mark.parametrize(
    ("rest", "footer", "fills"),
    [
        ("Total,2\n", "Total,", False),
        ("TOTALS: 2 rows\n\n", "TOTALS: [0-9]+ rows", False),
        ('"Sum",2\n', '"Sum",', False),
        ("End,2", "End,", False),
        ("EOF\n", "EOF", False),
        ("Trailer,2", "Trailer,", False),
        ("3,cy@x.org\nRows,3\n", "Rows,", True),
        ("Country,x\n", None, True),
        ("3,cy@x.org\n", None, True),
    ],
)
def test_c54_a_short_last_line_that_counts_is_a_footer_and_no_record(
    tmp_path: Path, rest: str, footer: str | None, fills: bool
) -> None:
    found = sample(tmp_path, TWO + rest)
    assert found.dialect.footer == ((footer,) if footer else ())
    assert found.dialect.fill_missing_cells == fills
    assert any("counts as cut" in note for note in found.notes) == bool(footer)
    if footer:
        assert planned_columns(found, {}, TYPES)[1] == []
        assert not {"Total", "End", "EOF", "Rows"} & found.cells["id"].keys()


def test_c54_what_becomes_of_cells_that_are_no_identifiers_is_said_as_it_is(tmp_path: Path) -> None:
    _, notes = planned_columns(sample(tmp_path, "email,shoe\nann,38\n"), {}, TYPES)
    assert notes == ["the column 'email': a cell is no e-mail address: 'ann' (line 2): such lines would be rejected"]
    _, notes = planned_columns(sample(tmp_path, "id,email\n1,ann\n"), {}, TYPES)
    assert [note.partition("(line 2): ")[2] for note in notes] == [
        "such cells would be dropped, and lines without another identifier rejected"
    ]


def test_c17_numbers_that_need_a_country_are_named(tmp_path: Path) -> None:
    _, notes = planned_columns(sample(tmp_path, "phone,id\n(212) 555-0101,1\n+12125550102,2\n"), {}, TYPES)
    assert len(notes) == 1
    assert "a number has no + and calling code, such as '(212) 555-0101', and would be dropped" in notes[0]
    assert "default_country" in notes[0]


def test_columns_are_what_their_names_say(tmp_path: Path) -> None:
    found = sample(
        tmp_path,
        "birthdate;age;FirstName;first_name;eMail;Customer-Id;phone_number;shoe size\n2000-02-30;7;A;a;e;c;p;38\n",
    )
    columns, notes = planned_columns(found, {}, TYPES)
    assert [(column.name, column.header, column.meaning) for column in columns] == [
        ("customer_id", "Customer-Id", "identifier customer_id"),
        ("email", "eMail", "identifier email"),
        ("phone_number", "phone_number", "identifier phone"),
        ("first_name", "first_name", "property first_name"),
        ("birthdate_as_sent", "birthdate", "other property birthdate_as_sent"),
        ("age_as_sent", "age", "other property age_as_sent"),
    ]
    assert [note.split(" it is kept")[0] for note in notes] == [
        "the column 'birthdate' has '2000-02-30' (line 2), which is no legal birthdate:",
        "the column 'age' is no text, and no rule judges age:",
        "the column 'eMail': a cell is no e-mail address: 'e' (line 2): such cells would be dropped, and lines without"
        " another identifier rejected",
        "the column 'phone_number': a cell is no phone number: 'p' (line 2): such cells would be dropped, and"
        " lines without another identifier rejected",
    ]


def test_b14_an_account_id_identifies(tmp_path: Path) -> None:
    columns, _ = planned_columns(sample(tmp_path, "Account ID,email\n7,ann@x.org\n"), {}, TYPES)
    assert [(column.name, column.identifier) for column in columns] == [
        ("account_id", "account_id"),
        ("email", "email"),
    ]


def test_c11_ids_that_are_proposed_are_one_per_contact() -> None:
    declared = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["one_per_contact"]
    assert set(IDS) - {"user_agent_id"} == set(declared), "somebody has several devices, but one id of each kind"


def test_identifiers_are_as_asked(tmp_path: Path) -> None:
    found = sample(tmp_path, "email,mail,order,select\na,b,c,d\n")
    columns, _ = planned_columns(found, {"order": "select", "mail": "none", "select": "loyalty_id"}, TYPES)
    assert [(column.name, column.header, column.identifier) for column in columns] == [
        ("select_id", "order", "select"),
        ("loyalty_id", "select", "loyalty_id"),
        ("email", "email", "email"),
    ]
    columns, _ = planned_columns(found, {"mail": "x", "order": "x_id"}, TYPES)
    assert len({column.name for column in columns}) == 3, "no two columns have one name"


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({}, "'email' and 'mail' would both be the identifier email: say --identifier mail=none"),
        ({"email": "none", "mail": "none"}, "no column .* say --identifier COLUMN=TYPE"),
        ({"nosuch": "email"}, "no such column"),
        ({"order": "x'y"}, "a type is of"),
        ({"mail": "none", 'a"b': "loyalty"}, "cannot be declared"),
    ],
)
def test_identifiers_that_cannot_be(tmp_path: Path, asked: dict[str, str], hint: str) -> None:
    found = sample(tmp_path, 'email,mail,order,"a""b"\na,b,c,d\n')
    with pytest.raises(ConfigurationError, match=hint):
        planned_columns(found, asked, TYPES)
