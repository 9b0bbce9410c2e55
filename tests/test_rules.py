"""docs/rules.md leads from every rule that works to where it is decided, and to its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TO = "\N{EN DASH}"
LINK = re.compile(r"\[`([^`]+)`\]\(([^)]+)\)")


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    text = (ROOT / page).read_text(encoding="utf-8").partition(heading)[2]
    rows = [line.strip("|").split("|") for line in re.split(r"\n#+ ", text)[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[1:]]  # without the names of the columns


def ids_in(cell: str) -> list[str]:
    """The IDs of a cell of the README's: one, a range, or several with commas between them."""
    ids: list[str] = []
    for text in cell.split(", ") if cell else []:
        match = re.fullmatch(rf"([A-Z])(\d+)(?:{TO}\1(\d+))?", text)
        assert match, f"{text!r} is no ID"
        letter, first, last = match.groups()
        ids += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    return ids


def names_in(path: Path) -> set[str]:
    """What can be named of a file: a model, SQL functions and macros, classes and functions, unit tests."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yml":
        return {test["name"] for test in yaml.safe_load(text).get("unit_tests", [])}
    if path.suffix == ".py":
        return set(_names_of(ast.parse(text).body))
    if path.is_relative_to(ROOT / "models"):
        return {path.stem}
    functions = re.findall(r"^create or replace macro (\w+)\(", text, flags=re.MULTILINE)
    return {path.name, *functions, *re.findall(r"^\{%-? macro (\w+)\(", text, flags=re.MULTILINE)}


def _names_of(body: list[ast.stmt], inside: str = "") -> list[str]:
    names: list[str] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(inside + node.name)
        if isinstance(node, ast.ClassDef):
            names += _names_of(node.body, f"{node.name}.")
    return names


def faults(cell: str) -> list[str]:
    """What is wrong with the links of a cell."""
    links = LINK.findall(cell)
    found = [] if LINK.sub("", cell).replace(", ", "") == "" and links else [f"{cell}: links, and commas between them"]
    for name, target in links:
        path = (ROOT / "docs" / target).resolve()
        if not path.is_file():
            found.append(f"{name}: there is no file {target}")
        elif name not in names_in(path):
            found.append(f"{name}: there is none in {target}")
    return found


def carries(name: str, rule: str) -> bool:
    """Whether the name of a test has the ID in it: `test_r04_…`, `test_r4_…`, `int_rows__r4_…`."""
    return bool({f"{rule[0].lower()}{rule[1:]}", f"{rule[0].lower()}{rule[1:]:0>2}"} & set(name.split("_")))


WORKING = [one for row in table("README.md", "\n## What works\n") for one in ids_in(row[0])]
RULES = {row[0]: row[1:] for row in table("docs/rules.md", "# Where each rule is\n")}


def test_every_rule_that_works_has_one_row_and_no_other_has() -> None:
    assert len(WORKING) == len(set(WORKING)) > 60
    rows = [row[0] for row in table("docs/rules.md", "# Where each rule is\n")]
    assert sorted(rows) == sorted(WORKING)
    assert rows == sorted(rows, key=lambda one: ("RAMBOX".index(one[0]), int(one[1:])))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_leads_to_where_it_is_decided_and_to_its_test(rule: str) -> None:
    words, decided, tests = RULES[rule]
    assert 0 < len(words.split()) <= 10
    assert faults(decided) + faults(tests) == []
    assert 1 <= len(LINK.findall(decided)) <= 2
    assert [name for name, _ in LINK.findall(tests) if not carries(name, rule)] == []
    assert all(target.startswith(("../tests/", "../models/")) for _, target in LINK.findall(tests))


def test_ranges_are_read() -> None:
    assert ids_in(f"R1{TO}R3") == ["R1", "R2", "R3"]
    assert ids_in(f"B8, B10{TO}B11") == ["B8", "B10", "B11"]
    assert ids_in("") == []


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("[`segments`](../models/marts/segments.sql)", "there is no file"),
        ("[`segment`](../models/marts/memberships/segments.sql)", "there is none"),
        ("[`ends`](../macros/functions/5_memberships.sql)", "there is none"),
        ("[`Run.sort`](../loaders/landing/run.py)", "there is none"),
        ("[`test_r02`](contracts/test_r.py)", "there is no file"),
        ("[`test_r02`](../tests/contracts/test_r.py)", "there is none"),
        ("int_rows", "links, and commas"),
    ],
)
def test_what_is_not_there_is_named(cell: str, fault: str) -> None:
    assert [one for one in faults(cell) if fault in one] == faults(cell) != []


def test_an_id_is_looked_for_as_a_whole() -> None:
    assert carries("test_r01_a_list", "R1")
    assert carries("int_identities__in_rounds__x3_b7_one_by_one", "B7")
    assert not carries("test_r10_the_header", "R1")
    assert not carries("test_r01_a_list", "R10")
