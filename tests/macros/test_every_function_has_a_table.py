"""Every SQL function of macros/functions/ is called in a table of inputs and expected outputs: an assert_*.sql here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(
    name
    for file in (ROOT / "macros" / "functions").glob("*.sql")
    for name in re.findall(r"^create or replace macro (\w+)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
)
TABLES = "\n".join(
    re.sub(r"--.*", "", file.read_text(encoding="utf-8")) for file in (ROOT / "tests" / "macros").glob("assert_*.sql")
)


def test_there_are_functions() -> None:
    assert len(FUNCTIONS) > 50
    assert len(FUNCTIONS) == len(set(FUNCTIONS))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_a_table(name: str) -> None:
    assert re.search(rf"(?<![\w.]){name}\(", TABLES), f"no tests/macros/assert_*.sql calls {name}"
