"""`python -m tools.scorecard [GROUP...]`: runs the tests of tools/scorecard.yml, and says what they prove."""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).resolve().parents[1]
SCORECARD, PAGE = ROOT / "tools" / "scorecard.yml", ROOT / "docs" / "reliability.md"
KEPT = ROOT / ".muster" / "scorecard.json"
"""The outcomes of the last commit that was tested, so that one can do it group by group."""
GROUPS = {
    "A": "Transport", "B": "Identity and order", "C": "Crash and concurrency", "D": "Bad inputs",
    "E": "Malicious inputs", "M": "Models", "X": "Export", "H": "Operations",
}  # fmt: skip
VERDICTS = ("pass", "fail", "skipped", "open", "not applicable")
INTRODUCTION = """\
What is to become of each fault that files, servers, disks and people have, and what comes of it. Every row is proven by
tests that make the fault happen: real servers, real files, processes that are killed. Which tests these are says
[`tools/scorecard.yml`](../tools/scorecard.yml); `make scorecard` runs them all (about an hour on two cores) and writes
this page, `python -m tools.scorecard A C` runs groups, of which the page is written once all have run on one commit
(`--write`). "Open" is what is not as it should be: the
reason says what happens instead.
"""


@dataclass(frozen=True)
class Row:
    """A row of the scorecard, as tools/scorecard.yml has it."""

    id: str
    fault: str
    expected: str
    tests: tuple[str, ...] = ()
    open: str = ""
    not_applicable: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one test: passed, failed, skipped or xfailed, and why."""

    kind: str
    reason: str = ""


def load_rows(path: Path = SCORECARD) -> list[Row]:
    """All rows in their order."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Row(id, **{**row, "tests": tuple(row.get("tests", ()))}) for id, row in found.items()]


def missing(nodes: Iterable[str]) -> list[str]:
    """Those of the tests that are not there."""
    known: dict[str, set[str]] = {}
    for path in {node.partition("::")[0] for node in nodes}:
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
        known[path] = {part.name for part in ast.parse(text).body if isinstance(part, ast.FunctionDef)}
    return sorted({node for node in nodes if node.partition("::")[2] not in known[node.partition("::")[0]]})


def run(nodes: Sequence[str]) -> dict[str, list[Outcome]]:
    """The outcomes of these tests, of all their parameters, from one run of pytest."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "junit.xml")
        options = ["-m", "", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", f"--junit-xml={report}"]
        env = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        subprocess.run([sys.executable, "-m", "pytest", *options, *nodes], cwd=ROOT, env=env, check=False)  # noqa: S603
        return outcomes(ElementTree.parse(report)) if report.exists() else {}  # noqa: S314  # pytest's own


def commit() -> str:
    """The commit that is checked out, and whether anything has been changed since."""
    commands = (["git", "rev-parse", "HEAD"], ["git", "status", "--porcelain", "--untracked-files=no"])
    told = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for command in commands]  # noqa: S603
    return "".join(one.stdout for one in told)


def with_kept(found: Mapping[str, Sequence[Outcome]]) -> dict[str, list[Outcome]]:
    """These outcomes and those of earlier runs on the same commit, which are kept together."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    before = kept["found"] if kept.get("commit") == commit() else {}
    all_found = {node: [Outcome(*one) for one in many] for node, many in before.items()} | {
        node: list(many) for node, many in found.items()
    }
    KEPT.parent.mkdir(exist_ok=True)
    told = {node: [astuple(one) for one in many] for node, many in all_found.items()}
    KEPT.write_text(json.dumps({"commit": commit(), "found": told}), encoding="utf-8")
    return all_found


def outcomes(report: ElementTree.ElementTree[ElementTree.Element]) -> dict[str, list[Outcome]]:
    """Test to its outcomes, from a report of pytest's."""
    found: dict[str, list[Outcome]] = {}
    for case in report.iter("testcase"):
        node = case.get("classname", "").replace(".", "/") + ".py::" + case.get("name", "").partition("[")[0]
        told = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
        kind = "passed" if told is None else "failed"
        if told is not None and told.tag == "skipped":
            kind = "xfailed" if told.get("type") == "pytest.xfail" else "skipped"
        reason = " ".join((told.get("message") or "").split())[:200] if told is not None else ""
        found.setdefault(node, []).append(Outcome(kind, reason))
    return found


def verdict(row: Row, found: Mapping[str, Sequence[Outcome]]) -> tuple[str, str]:
    """What the row comes to, and why where it is no pass."""
    if row.not_applicable:
        return "not applicable", row.not_applicable
    every = [(node, one) for node in row.tests for one in found.get(node, [Outcome("failed", "did not run")])]
    if failed := [f"{node.rpartition('::')[2]}: {one.reason}" for node, one in every if one.kind == "failed"]:
        return "fail", failed[0]
    if differing := [outcome.reason for _, outcome in every if outcome.kind == "xfailed"]:
        return "open", row.open or differing[0]
    if row.open:
        return ("fail", "said to be open, but its tests pass") if row.tests else ("open", row.open)
    skipped = [outcome.reason for _, outcome in every if outcome.kind == "skipped"]
    return ("skipped", skipped[0]) if len(skipped) == len(every) else ("pass", "")


def page(rows: Sequence[Row], verdicts: Mapping[str, tuple[str, str]], day: str) -> Iterator[str]:
    """The lines of docs/reliability.md."""
    yield from ("# Reliability", "", *INTRODUCTION.splitlines(), "", f"{day} (UTC): {counts(verdicts)}.")
    for group, title in GROUPS.items():
        yield from ("", f"## {group}. {title}", "", "| row | fault | expected | verdict |", "|---|---|---|---|")
        for row in (row for row in rows if row.id.startswith(group)):
            word, reason = verdicts[row.id]
            cells = (row.id, row.fault, row.expected, f"{word}: {reason}" if reason else word)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def counts(verdicts: Mapping[str, tuple[str, str]]) -> str:
    """How many rows there are, and of each verdict."""
    known = Counter(word for word, _ in verdicts.values())
    return f"{len(verdicts)} rows: " + ", ".join(f"{known[word]} {word}" for word in VERDICTS if known[word])


def main() -> int:
    """Run the tests, print a line per row, and write the page if it is asked for; 1 if a row failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.scorecard", description=__doc__)
    parser.add_argument("groups", metavar="GROUP", nargs="*", help=f"only these groups, of {' '.join(GROUPS)}")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md, once all groups have run")
    given = parser.parse_args()
    if set(given.groups) - set(GROUPS):
        parser.error("groups are " + " ".join(GROUPS))
    rows = [row for row in load_rows() if not given.groups or row.id[0] in given.groups]
    nodes = dict.fromkeys(node for row in rows for node in row.tests)
    found = with_kept(run(sorted(nodes.keys() - set(missing(nodes)))))
    verdicts = {row.id: verdict(row, found) for row in load_rows()}
    for row in rows:
        print(f"{row.id:<4}{': '.join(filter(None, verdicts[row.id])):<16}  {row.fault}")
    print(counts({row.id: verdicts[row.id] for row in rows}))
    if given.write and (waiting := {row.id[0] for row in load_rows() if not set(row.tests) <= found.keys()}):
        print(f"docs/reliability.md is not written: on this commit {' '.join(sorted(waiting))} did not run")
    elif given.write:
        PAGE.write_text(
            "\n".join(page(load_rows(), verdicts, f"{datetime.now(UTC):%Y-%m-%d}")) + "\n", encoding="utf-8"
        )
    return int(any(verdicts[row.id][0] == "fail" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
