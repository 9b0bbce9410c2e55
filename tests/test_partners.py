"""Partners are samples: each can be deleted, and all of them; the rest builds, tests and lints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from loaders.errors import ConfigurationError
from loaders.feeds.declared_feeds import declared_feeds_file, declared_feeds_text, write_declared_feeds
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import FOLDERS, delete_partners
from tests.dbt_yaml import faults

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PARTS = ("models", "seeds", "macros", "tests", "dbt_project.yml", "profiles.yml", ".sqlfluff")


def project_without(target: Path, partners: list[str]) -> Path:
    """A copy of the project, unit tests and all, from which these partners' files were deleted."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, target / part)
    delete_partners(target, partners)
    return target


def without_order_lines(project: Path) -> None:
    """Delete a linked feed as docs/feeds.md says: its table, its staging model, and what is said of that model."""
    source = project / "models" / "landing" / "_blueconic__sources.yml"
    content = yaml.safe_load(source.read_text())
    tables = content["sources"][0]["tables"]
    content["sources"][0]["tables"] = [table for table in tables if table["name"] != "order_lines"]
    source.write_text(yaml.safe_dump(content, sort_keys=False))
    staging = project / "models" / "staging" / "blueconic"
    (staging / "stg_blueconic__order_lines.sql").unlink()
    for told in staging.glob("_order_lines__*.yml"):
        told.unlink()


def run(project: Path, home: Path, *command: str) -> None:
    env = os.environ | {
        "MUSTER_DATABASE": str(home / "muster.duckdb"),
        "MUSTER_ROOT": str(project),
        "PYTHONPATH": str(ROOT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=project, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


ALONE = [pytest.param([partner], marks=pytest.mark.proof) for partner in FOLDERS]


@pytest.mark.parametrize("partners", [*ALONE, list(FOLDERS)], ids="+".join)
def test_c43_a_partner_can_be_deleted(tmp_path: Path, partners: list[str]) -> None:
    project = project_without(tmp_path / "project", partners)
    run(project, tmp_path, "dbt", "build")
    assert faults(project) == []


@pytest.mark.proof
def test_c43_a_linked_feed_can_be_deleted_alone(tmp_path: Path) -> None:
    project = project_without(tmp_path / "project", [])
    without_order_lines(project)
    write_declared_feeds(project, load_feeds(project))
    run(project, tmp_path, "dbt", "build")
    assert faults(project) == []


def test_c43_what_is_left_of_a_deleted_feed_is_named(tmp_path: Path) -> None:
    project = project_without(tmp_path / "project", [])
    left = project / "models" / "staging" / "blueconic" / "_order_lines__unit_tests.yml"
    text = left.read_text()
    without_order_lines(project)
    left.write_text(text)
    with pytest.raises(
        ConfigurationError, match=r"_order_lines__unit_tests.yml:\d+: there is no model stg_blueconic__order_lines"
    ):
        write_declared_feeds(project, load_feeds(project))


@pytest.mark.proof
def test_c43_without_partners_the_rest_lints(tmp_path: Path) -> None:
    project = project_without(tmp_path / "project", list(FOLDERS))
    run(project, tmp_path, "sqlfluff", "lint", "models", "macros", "tests")


def test_the_list_of_feeds_is_what_the_sources_declare() -> None:
    text = declared_feeds_text(ROOT, load_feeds(ROOT))
    assert declared_feeds_file(ROOT).read_text() == text, "run: muster feeds sync"


def test_no_core_file_names_a_partner() -> None:
    """Core: all but what is deleted with a partner. The list of feeds is written, not core."""
    named = []
    for folder in ("models", "macros", "seeds", "loaders"):
        for path in sorted((ROOT / folder).rglob("*")):
            if not path.is_file() or path.suffix == ".pyc" or path == declared_feeds_file(ROOT):
                continue
            relative = path.relative_to(ROOT)
            text = path.read_text(encoding="utf-8").lower()
            for partner in FOLDERS:
                if f"{partner}__" not in str(relative) and partner not in relative.parts and partner in text:
                    named.append(f"{relative}: {partner}")
    assert named == []
