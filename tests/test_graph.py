"""What depends on what in the dbt project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.crash.test_crash import STORED
from tests.dbt_process import dbt


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """dbt's manifest of the project."""
    home: Path = tmp_path_factory.mktemp("manifest")
    done = dbt(home, "parse")
    assert done.returncode == 0, done.stdout
    manifest: dict[str, Any] = json.loads((home / "target" / "manifest.json").read_text())
    return manifest


def test_m8_nothing_stored_depends_on_the_clock(manifest: dict[str, Any]) -> None:
    nodes, children = manifest["nodes"], manifest["child_map"]
    readers = [name for name, node in nodes.items() if "utc_now()" in node["raw_code"]]
    assert "model.muster.memberships" in readers
    waiting = list(readers)
    while waiting:
        name = waiting.pop()
        waiting += children[name]
        if name.startswith("model."):
            assert nodes[name]["config"]["materialized"] == "view", f"{name} stores what the clock said"


def test_what_says_how_far_the_log_is_decided_is_built_after_all_other_marts(
    manifest: dict[str, Any],
) -> None:
    parents: dict[str, list[str]] = manifest["parent_map"]
    seen: set[str] = set()
    waiting = ["model.muster.log_progress"]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += parents.get(node, [])
    assert {f"model.muster.{name}" for name in STORED} <= seen


def test_the_clock_is_read_in_one_place() -> None:
    """All that is computed is of the log; only utc_now() asks what time it is."""
    root = Path(__file__).parent.parent
    reading = re.compile(r"current_timestamp|current_date\b|localtimestamp|\bnow\(\)|\btoday\(\)|current_time\b")
    readers = [
        f"{path.relative_to(root)}: {line.strip()}"
        for folder in ("models", "macros")
        for path in sorted((root / folder).rglob("*.sql"))
        for line in path.read_text().splitlines()
        if reading.search(line.split("--")[0])
    ]
    assert len(readers) == 1, readers
    assert readers[0].startswith("macros/functions/3_keys.sql: ")
