"""What depends on what in the dbt project."""

from __future__ import annotations

import json
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
