"""The layout of a file of JSON lines: what is learnt from the first lines, which lines fit, and what lands of them."""

from __future__ import annotations

import json

import duckdb
import pytest

from loaders.reading.json_layout import Layout

Cells = tuple[str | None, ...]

FIRST = ['{"a":"x"}\n', '{"a":"y","b":1,"c":true}\n', '{"a":"x","c":true}\n']


def cells(first: list[str], line: str) -> Cells | None:
    """The cells a, b and c of a line in a file that begins so; None if the line does not fit."""
    layout = Layout.learn([(text, json.loads(text)) for text in first])
    fits, taken = layout.fits(), ", ".join(map(layout.cell, "abc"))
    rows: list[Cells] = []
    for all_json in (True, False):  # a difference in time, not in what comes out
        rows += duckdb.execute(
            f"select {fits}, {taken} from (select *, {layout.sent(all_json=all_json)} as sent "
            "from (select unnest($1) as line, generate_subscripts($1, 1) as place)) order by place desc limit 1",
            [[*first, line]],
        ).fetchall()
    row, again = rows
    assert row == again
    assert row[0] is not None
    return row[1:] if row[0] else None


@pytest.mark.parametrize(
    ("first", "line", "expected"),
    [
        (FIRST, '{"a":"z"}\n', ("z", None, None)),
        (FIRST, '{"a":"z","b":-5,"c":false}\n', ("z", "-5", "false")),
        (['{"a":null}\n', *FIRST], '{"a":null,"b":0}\n', ("", "0", None)),
        (['{"a":"\\n"}\n', *FIRST], '{"a":"z","b":0}\n', ("z", "0", None)),
        (
            ['{"a":"\\n"}\n', *FIRST],
            '{"a":"é\\n\\"\\\\{\U0001f600 ","b":9223372036854775807}\n',
            ('é\n"\\{\U0001f600 ', str(2**63 - 1), None),
        ),
        (['{ "a" : "x" ,\t"b" : null }\r\n'], '{ "a" : "" ,\t"b" : "null" }\r\n', ("", "null", None)),
        (['{ "a" : null ,\t"b" : null }\r\n'], '{ "a" : null ,\t"b" : null }\r\n', ("", "", None)),
        (['{"b":"x", "c":"}"}\n', '{"a":"y", "b":"x", "c":"z"}\n'], '{"a":"1", "b":"2", "c":"3"}\n', ("1", "2", "3")),
        (['{"b":"x", "c":"}"}\n', '{"a":"y", "b":"x", "c":null}\n'], '{"b":"2", "c":null}\n', (None, "2", "")),
        (["{}\n", *FIRST], '{"a":"z","c":true}\n', ("z", None, "true")),
    ],
)
def test_lines_that_are_written_alike_fit(first: list[str], line: str, expected: Cells) -> None:
    assert cells(first, line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        "x\n",
        "null\n",
        "[]\n",
        "{}\n",
        '{"b":1}\n',
        '{"a":"x"}',
        '{"a":"x"}\r\n',
        ' {"a":"x"}\n',
        '{"a":"x" }\n',
        '{"a":"x", "b":1}\n',
        '{"a":"x","b": 1}\n',
        '{"a":"x",}\n',
        '{"a":"x"}{"a":"x"}\n',
        '{"b":1,"a":"x"}\n',
        '{"a":"x","a":"x"}\n',
        '{"a":"x","b":1,"b":1}\n',
        '{"a":"x","d":1}\n',
        '{"A":"x"}\n',
        '{"a":"x","b":null}\n',
        '{"a":"x","b":"1"}\n',
        '{"a":"x","b":1.0}\n',
        '{"a":"x","b":1e2}\n',
        '{"a":"x","b":-0}\n',
        '{"a":"x","b":01}\n',
        '{"a":"x","b":9223372036854775808}\n',
        '{"a":"x","b":true}\n',
        '{"a":"x","b":NaN}\n',
        '{"a":"x","b":[1]}\n',
        '{"a":"x","c":1}\n',
        '{"a":"x","c":"true"}\n',
        '{"a":1}\n',
        '{"a":{"b":1}}\n',
        '{"a":"x}\n',
        '{"a":"\t"}\n',
        '{"a":"\\u0078"}\n',
        '{"a":"\\n"}\n',
        '{"a":"\\""}\n',
        '{"a":"\\\\"}\n',
        '{"a":null}\n',
        '{"a":"\\/"}\n',
    ],
)
def test_a_line_that_is_written_otherwise_does_not_fit(line: str) -> None:
    assert cells(FIRST, line) is None


@pytest.mark.parametrize("first", [[], ["{}\n"], ['{"a":1}\n', '{"b":1}\n']])
def test_nothing_fits_where_no_key_is_always_there(first: list[str]) -> None:
    assert Layout.learn([(text, json.loads(text)) for text in first]) == Layout()
    for line in ("{}\n", '{"a":1}\n', '{"b":1}\n', "\n"):
        assert cells(first, line) is None
