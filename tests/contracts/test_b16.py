"""Contract B16: exports of the profiles of a segment, all or only those that have changed."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.errors import ConfigurationError, NeedsAttentionError
from loaders.exports.names import NameTemplate, safe_part
from loaders.exports.preparing import ExportHeldError, Wish
from loaders.exports.run import export
from tests.contracts.exporting import MODEL, Exporting, declare


def test_b16_what_has_changed_is_exported_and_nothing_twice(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    report = one.export()
    (name,) = one.received()
    assert re.fullmatch(r"vip_\d{14}\.csv", name)
    assert report.delivered[0]["new_count"] == 2
    one.export()
    assert one.received() == {}
    one.send("1,a@x.org,Anne", "2,b@x.org,Bob", "3,c@x.org,Cid")
    one.export()
    assert one.taken() == ["1,a@x.org,Anne,,,", "3,c@x.org,Cid,,,"]
    one.export(wish=Wish(everybody=True))
    assert len(one.taken()) == 3
    one.export()
    assert one.received() == {}


@pytest.mark.parametrize(("on_return", "again"), [("always", ["2,b@x.org,Bob,,,"]), ("if_changed", [])])
def test_b16_who_comes_back_is_exported_again_unless_only_if_changed(
    tmp_path: Path, on_return: str, again: list[str]
) -> None:
    one = Exporting(tmp_path / "home", on_return=on_return)
    for rows in (["1,a@x.org,Ann", "2,b@x.org,Bob"], ["1,a@x.org,Ann"], ["1,a@x.org,Ann", "2,b@x.org,Bob"]):
        one.send(*rows)
        one.export()
        last = one.taken()
    assert last == again
    one.send("1,a@x.org,Ann", "2,b@x.org,Bobby")
    one.export()
    assert one.taken() == ["2,b@x.org,Bobby,,,"]


def test_b16_who_left_is_told_as_the_partner_knows_them(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", leavers="column")
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    assert one.taken() == ["UPDATE,1,a@x.org,Ann,,,", "UPDATE,2,b@x.org,Bob,,,"]
    one.send("1,a@x.org,Anne", "3,c@x.org,Cid")
    one.export()
    assert one.taken() == ["UPDATE,1,a@x.org,Anne,,,", "UPDATE,3,c@x.org,Cid,,,", "DELETE,2,b@x.org,Bob,,,"]
    one.export()
    assert one.received() == {}


def test_b16_who_left_is_told_in_the_columns_of_today(tmp_path: Path) -> None:
    """A line that was written with other columns would name somebody else."""
    one = Exporting(tmp_path / "home", leavers="column")
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    assert len(one.taken()) == 2
    model = MODEL.replace("    contacts.first_name,", "    'new' as source,\n    contacts.first_name,")
    declare(one.muster.settings.root, {"leavers": "column"}, model=model)
    one.send("1,a@x.org,Ann")
    one.export()
    assert one.taken() == ["UPDATE,1,a@x.org,new,Ann,,,", "DELETE,2,b@x.org,new,Bob,,,"]
    declare(one.muster.settings.root, {"leavers": "column", "max_shrink": 1}, model=model + " where first_name = 'Bob'")
    one.send("2,b@x.org,Bob")
    one.export()
    assert one.taken() == ["UPDATE,2,b@x.org,new,Bob,,,", "DELETE,1,a@x.org,new,Ann,,,"]


def test_b16_a_name_that_says_no_second_is_no_reason_to_wait_for_tomorrow(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", file_name="{segment}_{timestamp:%Y%m%d}.csv")
    one.send("1,a@x.org,Ann")
    one.export()
    one.send("1,a@x.org,Anne")
    error = export(one.muster.settings).errors["shop__vip"]
    assert isinstance(error, NeedsAttentionError)
    assert "down to the second" in str(error)


def test_b16_who_left_may_be_a_file_of_their_own(tmp_path: Path) -> None:
    one = Exporting(
        tmp_path / "home", file_name="vip.csv.gz", leavers="file", leavers_file_name="gone.csv", manifest="done.json"
    )
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    assert sorted(one.received()) == ["done.json", "gone.csv", "vip.csv.gz"]  # under fixed names, empty ones too
    one.send("1,a@x.org,Ann")
    one.export()
    files = one.received()
    assert gzip.decompress(files["vip.csv.gz"]).decode().splitlines()[1:] == []
    assert files["gone.csv"].decode().splitlines()[1:] == ["2,b@x.org,Bob,,,"]


def test_b16_a_fixed_name_is_replaced_and_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", file_name="vip.csv.gz", all=True)
    one.send("1,a@x.org,Ann", "2,b@x.org,Bob")
    one.export()
    first = (one.partner / "in" / "vip.csv.gz").read_bytes()
    one.export()
    assert one.received() == {"vip.csv.gz": first}


SEGMENTS = [
    "vip", "VIP club", "a/b", "a\\b", "..", ".", "-rf", "%2F", "a%2Fb", "Käufer", "Ka\u0308ufer x", "con", "CON.x",
    "x.", "x%2E", "a" * 300, "a" * 299 + "b", "\u202evip", "vip\u200b", "\n", "日本", "a~b", "$(id)", "a b",
    "a%20b", "💥",
]  # fmt: skip


def test_b16_any_segment_is_one_safe_part_of_a_name_and_no_two_are_the_same() -> None:
    parts = [safe_part(one) for one in SEGMENTS]
    assert len(set(parts)) == len(SEGMENTS)
    assert all(re.fullmatch(r"[A-Za-z0-9_.%~-]{1,120}", one) for one in parts), parts
    name = NameTemplate("{segment}.csv")
    assert [name.render(datetime(2026, 1, 1), "UTC", {"segment": one}) for one in SEGMENTS] == [
        f"{p}.csv" for p in parts
    ]
    assert safe_part("Ka\u0308ufer") == safe_part("Käufer")  # one segment, written in two ways


def test_b16_cells_are_written_as_declared_and_read_back(tmp_path: Path) -> None:
    model = """
    select contacts.contact_id, {{ identifier_of('id') }} as id, contacts.first_name as "The ""name""; here",
        cast('1234.50' as decimal(10, 2)) as amount, date '2026-03-29' as day,
        timestamp '2026-03-29 01:30:00' as moment, timestamptz '2026-03-29 00:59:59+00' as zoned,
        ['a', 'b;c', null, ''] as several, true as flag, cast(null as varchar) as nothing
    from {{ ref('contacts') }} as contacts
    """
    meta = {
        "timezone": "Europe/Berlin",
        "dialect": {
            "delimiter": ";", "quote": "'", "line_end": "crlf", "decimal_separator": ",", "multi_value_separator": "|",
            "date_format": "%d.%m.%Y", "timestamp_format": "%Y-%m-%d %H:%M:%S",
        },
        "formula_guard": "off",
    }  # fmt: skip
    one = Exporting(tmp_path / "home")
    declare(one.muster.settings.root, meta, model=model)
    names = ["=1+1", 'it\'s; "so"', " blank ", "line\nend", "Käufer", "-5", "x"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[n, f"{n}@x.org", name] for n, name in enumerate(names, 1)])
    one.send(*text.getvalue()[:-1].split("\n"))
    one.export()
    (content,) = one.received().values()
    assert content.count(b"\r\n") == 8
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";", quotechar="'"))
    assert rows[0] == ["id", 'The "name"; here', "amount", "day", "moment", "zoned", "several", "flag", "nothing"]
    assert [row[1] for row in rows[1:]] == [name.strip() for name in names]
    moments = ["29.03.2026", "2026-03-29 03:30:00", "2026-03-29 01:59:59", "a|b;c|", "true", ""]
    assert all(row[3:] == moments for row in rows[1:]), rows
    assert {row[2] for row in rows[1:]} == {"1234,5"}
    path = tmp_path / "back.csv"
    path.write_bytes(content)
    options = "delim = ';', quote = '''', escape = '''', strict_mode = true, all_varchar = true, header = true"
    read = duckdb.execute(f"select * from read_csv('{path}', {options})").fetchall()
    assert [["" if cell is None else cell for cell in row] for row in read] == rows[1:]


def test_b16_dates_are_numbers_unless_a_format_is_declared(tmp_path: Path) -> None:
    model = """select contact_id, date '1970-01-02' as day, timestamp '2026-01-01 00:00:00.123' as moment
        from {{ ref('contacts') }}"""
    one = Exporting(tmp_path / "home")
    declare(one.muster.settings.root, {"timezone": "Europe/Berlin"}, model=model)
    one.send("1,a@x.org,Ann")
    one.export()
    assert one.taken() == ["86400000,1767225600123"]


@pytest.mark.parametrize(
    ("guard", "first_name", "told"),
    [
        ("prefix", "=1+1", "'=1+1"), ("prefix", "  @x", "'@x"), ("prefix", "\uff1d1", "'\uff1d1"),
        ("prefix", "-5", "-5"),
        ("prefix", "+12125550101", "+12125550101"), ("prefix", "+1 2", "'+1 2"), ("prefix", "-1-2", "'-1-2"),
        ("off", "=1+1", "=1+1"), ("reject", "=1+1", None), ("reject", "-5", "-5"),
    ],
)  # fmt: skip
def test_b16_formulas_are_guarded(tmp_path: Path, guard: str, first_name: str, told: str | None) -> None:
    one = Exporting(tmp_path / "home", formula_guard=guard)
    one.send(f"1,a@x.org,{first_name}")
    (row,) = one.export().delivered
    assert [line.split(",")[2] for line in one.taken()] == ([told] if told else [])
    assert row["left_out_count"] == (told is None)
    assert row["guarded_count"] == (told is not None and told != first_name.strip())


def test_b16_a_value_that_holds_the_separator_is_left_out_and_counted(tmp_path: Path) -> None:
    model = """select contact_id, {{ identifier_of('id') }} as id, [first_name, 'x'] as several
        from {{ ref('contacts') }}"""
    one = Exporting(tmp_path / "home")
    declare(
        one.muster.settings.root, {}, model=model.replace("contact_id,", "contacts.contact_id,", 1) + " as contacts"
    )
    one.send("1,a@x.org,A|nn", "2,b@x.org,Bob")
    (row,) = one.export().delivered
    assert (one.taken(), row["left_out_count"], row["new_count"]) == (["2,Bob|x"], 1, 1)
    (row,) = one.export().delivered
    assert (row["left_out_count"], row["unchanged_count"]) == (1, 1)


def test_b16_without_a_quote_a_cell_that_needs_one_stops_the_export(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", dialect={"quote": None})
    one.send('1,a@x.org,"A, B"')
    report = export(one.muster.settings)
    assert isinstance(report.errors["shop__vip"], NeedsAttentionError)
    assert "would need a quote" in str(report.errors["shop__vip"])
    assert one.received() == {}
    one.send("1,a@x.org,Ann")
    one.export()
    assert one.taken() == ["1,a@x.org,Ann,,,"]


def test_b16_an_export_that_shrank_too_much_is_held_once(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home", judged_from=10, leavers="column")
    one.send(*(f"{n},p{n}@x.org,P" for n in range(10)))
    one.export()
    one.received()
    one.send(*(f"{n},p{n}@x.org,P" for n in range(6)))
    error = export(one.muster.settings).errors["shop__vip"]
    assert isinstance(error, ExportHeldError)
    assert "10 members" in str(error)
    assert "has 6 (4 would be told to have left, 0 rows" in str(error)
    assert one.received() == {}
    one.export(wish=Wish(allow_shrink=True))
    assert len(one.taken()) == 4
    one.send(*(f"{n},p{n}@x.org,P" for n in range(5)))
    one.export()
    assert len(one.taken()) == 1


def test_b16_nothing_is_exported_from_tables_that_are_not_up_to_date(tmp_path: Path) -> None:
    one = Exporting(tmp_path / "home")
    one.send("1,a@x.org,Ann")
    one.muster.drop("shop_vip_20260301080000.csv", "id,email,first_name\n2,b@x.org,Bob\n")
    one.muster.land()
    with pytest.raises(NeedsAttentionError, match="not up to date"):
        export(one.muster.settings)
    assert one.received() == {}


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"file_name": "{segment}.csv", "manifest": "{segment}.csv"}, "different names"),
        ({"file_name": "{segmnt}.csv"}, "there is no {segmnt}"),
        ({"file_name": "../x.csv"}, "not one path component"),
        ({"file_name": "x.csv.gpg"}, "encrypted to the keys in `pgp`"),
        ({"pgp": "partner"}, "encrypted to the keys in `pgp`"),
        ({"leavers": "file"}, "needs a `leavers_file_name`"),
        ({"dialect": {"delimiter": "|"}}, "three different characters"),
        ({"dialect": {"date_format": "%Q"}}, "there is no %Q"),
        ({"dialect": {"timestamp_format": "%Y %z"}}, "%z is not written"),
        ({"segmnt": "x"}, "there is no such setting"),
        ({"file_name": "vip_{number}.csv", "rows_per_file": 9}, "those of the run before would stay"),
        ({"threshold": {"max": 1, "per": "week"}}, "name it in `touches`"),
        ({"every": "1 day", "schedule": {"at": ["06:00"]}}, "in one way"),
    ],
)
def test_b16_what_is_declared_wrong_is_named_with_file_and_line(
    tmp_path: Path, meta: dict[str, Any], words: str
) -> None:
    one = Exporting(tmp_path / "home")
    declare(one.muster.settings.root, meta)
    with pytest.raises(ConfigurationError, match=re.escape(words)) as error:
        export(one.muster.settings)
    assert re.search(r"_shop__vip__exports\.yml:\d+: ", str(error.value))
