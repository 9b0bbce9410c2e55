"""H6: public collections of hard CSV and JSON: what is readable lands as it is, what is not is named, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loaders.reading.dialect import Dialect

from .test_csv_file import outcome
from .test_json_lines import read

CORPORA = Path(__file__).parents[2] / "corpora"
CSV = sorted(path.stem for path in (CORPORA / "csv_spectrum").glob("*.csv"))
UNREADABLE = {"location_coordinates": "stray_quote"}
"""Quotes within a cell that does not begin with one (and its degree signs are no UTF-8)."""
NOT_TAKEN = dict.fromkeys(("y_object_duplicated_key", "y_object_duplicated_key_and_value"), "duplicate_key")
"""Valid JSON, but which of two values is meant, nobody knows."""
SCALARS = {"true": "true", "false": "false", "null": ""}
JSON: dict[str, str] = json.loads((CORPORA / "json_test_suite.json").read_text())
JSON |= {"n_structure_100000_opening_arrays": "[" * 100_000, "n_structure_open_array_object": '[{"":' * 50_000}


@pytest.mark.parametrize("name", CSV)
def test_h6_csv_spectrum(name: str) -> None:
    content = (CORPORA / "csv_spectrum" / f"{name}.csv").read_bytes()
    found = outcome(content, Dialect(), len(content.splitlines()[0].split(b",")))
    if name in UNREADABLE:
        assert UNREADABLE[name] in str(found)
        return
    header, rows, rejected = found
    told = json.loads((CORPORA / "csv_spectrum" / f"{name}.json").read_text())
    same = [dict(zip(header, row, strict=True)) for _, row in rows]
    assert [{k: v.replace("\r\n", "\n") for k, v in row.items()} for row in same] == [
        {k: v.replace("\r\n", "\n") for k, v in row.items()} for row in told
    ]
    assert rejected == []


@pytest.mark.parametrize("block_bytes", [8 << 20, 0])
def test_h6_json_test_suite(tmp_path: Path, block_bytes: int) -> None:
    """All in one file, each as a value of an object on a line of its own; a value that is broken up has several."""
    texts = {name: text.replace("\n", " ") if name[0] == "y" else text for name, text in JSON.items()}
    lines: list[bytes] = []
    places: dict[int, str] = {}
    for name, text in texts.items():
        own = ('{"v":' + text + "}").encode("utf-8", "surrogatepass").split(b"\n")
        places |= dict.fromkeys(range(len(lines) + 1, len(lines) + len(own) + 1), name)
        lines += own
    rows, unreadable = read(tmp_path / "f", b"\n".join(lines), block_bytes=block_bytes)
    landed = {places[line]: extra["v"] for line, _, _, extra in rows}
    rejected = {places[one.line_number]: one.code for one in unreadable}
    assert landed.keys() | rejected.keys() == JSON.keys()
    assert landed.keys() & rejected.keys() == set()
    assert [name for name in landed if name[0] == "n"] == []
    assert {name: code for name, code in rejected.items() if name[0] == "y"} == NOT_TAKEN
    for name in landed:
        if name[0] == "y":
            value = exact(texts[name])
            assert landed[name] == SCALARS.get(texts[name].strip(), value) or exact(landed[name]) == value, name


def exact(text: str) -> object:
    """JSON with its numbers as they are written."""
    return json.loads(text, parse_float=str, parse_int=str)
