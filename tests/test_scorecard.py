"""The scorecard has all its rows, each with tests that are there or a reason, and its page has the same rows."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tools.scorecard import Outcome, Row, load_rows, missing, outcomes, verdict

SIZES = {"A": 20, "B": 10, "C": 14, "D": 24, "E": 18, "M": 8, "X": 14, "H": 6}
IDS = [f"{group}{number}" for group, size in SIZES.items() for number in range(1, size + 1)]


def test_all_rows_are_there() -> None:
    assert [row.id for row in load_rows()] == IDS


@pytest.mark.parametrize("row", load_rows(), ids=lambda row: row.id)
def test_a_row_has_tests_or_says_why_it_has_none(row: Row) -> None:
    assert 0 < len(row.fault) <= 80
    assert 0 < len(row.expected) <= 100
    assert bool(row.tests or row.open) != bool(row.not_applicable)
    assert len(set(row.tests)) == len(row.tests)


def test_every_test_is_there() -> None:
    assert set(missing([node for row in load_rows() for node in row.tests])) == set()
    absent = ["tests/test_scorecard.py::test_nothing", "tests/nowhere.py::test_x"]
    assert missing([*absent, "tests/test_scorecard.py::test_every_test_is_there"]) == sorted(absent)


REPORT = """<testsuites><testsuite>
<testcase classname="tests.a.test_b" name="test_c[1]"/>
<testcase classname="tests.a.test_b" name="test_c[2]"><skipped type="pytest.skip" message="no sshd"/></testcase>
<testcase classname="tests.a.test_b" name="test_d"><skipped type="pytest.xfail" message="not yet"/></testcase>
<testcase classname="tests.a.test_b" name="test_e"><failure message="assert  1&#10; == 2"/></testcase>
<testcase classname="tests.a.test_b" name="test_f"><skipped type="pytest.skip" message="no gpg"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("tests", "more", "expected"),
    [
        ("c", {}, ("pass", "")),
        ("cd", {}, ("open", "not yet")),
        ("cd", {"open": "instead"}, ("open", "instead")),
        ("c", {"open": "instead"}, ("fail", "said to be open, but its tests pass")),
        ("", {"open": "instead"}, ("open", "instead")),
        ("cde", {"open": "instead"}, ("fail", "test_e: assert 1 == 2")),
        ("f", {}, ("skipped", "no gpg")),
        ("cf", {}, ("pass", "")),
        ("cg", {}, ("fail", "test_g: did not run")),
        ("", {"not_applicable": "there is none"}, ("not applicable", "there is none")),
    ],
)
def test_a_verdict_is_the_worst_that_its_tests_say(tests: str, more: dict[str, str], expected: tuple[str, str]) -> None:
    found = outcomes(ElementTree.ElementTree(ElementTree.fromstring(REPORT)))
    assert found["tests/a/test_b.py::test_c"] == [Outcome("passed"), Outcome("skipped", "no sshd")]
    row = Row("A1", "fault", "expected", tuple(f"tests/a/test_b.py::test_{test}" for test in tests), **more)
    assert verdict(row, found) == expected
