"""dbt as its users call it: on an empty database and on the samples, with every unit test and data test."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from loaders.building.build import build
from loaders.config.settings import Settings
from loaders.feeds.loading import load_feeds
from loaders.landing.run import land
from tests.contracts.installation import FOLDERS
from tests.dbt_process import dbt

ROOT = Path(__file__).parent.parent
FEEDS = [feed.name for feed in load_feeds(ROOT)]


@pytest.mark.proof
def test_dbt_build_alone_works_on_an_empty_database(tmp_path: Path) -> None:
    done = dbt(tmp_path, "build")
    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The three days of samples, landed and built day by day with all tests on."""
    home = tmp_path_factory.mktemp("samples")
    drops = home / "drops"
    connections = "".join(f"  {name}: {{type: local, path: {drops / name}}}\n" for name in FOLDERS)
    (home / "connections.yml").write_text("connections:\n" + connections)
    settings = Settings.for_project(
        ROOT, env={}, database=home / "muster.duckdb", home=home / "home", connections=home / "connections.yml"
    )
    for day in ("1", "2", "3"):
        shutil.copytree(ROOT / "samples" / day, drops, dirs_exist_ok=True)
        assert not land(settings, only=FEEDS).errors
        build(settings, tests=True)
    return settings


def test_samples_build_and_pass_every_dbt_test(sampled: Settings) -> None:
    with duckdb.connect(str(sampled.database), read_only=True) as connection:
        connection.execute("set variable muster_now = timestamp '2026-12-31'")
        members = connection.execute("select count(*) from marts.memberships").fetchall()
    assert members == [(10,)]


@pytest.mark.proof
def test_a_rebuild_passes_every_dbt_test_too(sampled: Settings, tmp_path: Path) -> None:
    copy = replace(sampled, database=tmp_path / "muster.duckdb")
    shutil.copy(sampled.database, copy.database)
    assert build(copy, full_refresh=True, tests=True).ok_count > 400


@pytest.mark.proof
def test_dbt_test_docs_and_freshness_work_by_themselves(sampled: Settings, tmp_path: Path) -> None:
    shutil.copy(sampled.database, tmp_path / "muster.duckdb")
    for arguments in (["test"], ["docs", "generate", "--static"], ["source", "freshness"]):
        done = dbt(tmp_path, *arguments)
        assert done.returncode == 0, done.stdout
    page = (tmp_path / "target" / "static_index.html").read_text()
    assert "One row per unbroken stay of a contact in a segment." in page


@pytest.mark.proof
def test_the_demo_ends_as_it_should() -> None:
    done = subprocess.run([sys.executable, "-m", "demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    readme = (ROOT / "README.md").read_text()
    shown = readme.split("```\n$ muster run\n")[1].split("\n\n")[0].splitlines()
    assert len(shown) == 7
    missing = [line for line in shown if line.rstrip() not in {out.rstrip() for out in done.stdout.splitlines()}]
    assert not missing, f"README shows what the demo does not print: {missing}"
