"""A key of a source file that is misspelt takes no feed away (C118): dbt itself would take it in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import copy_project

FILE = Path("models", "landing", "_remarkety__sources.yml")


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("          meta:", "          metta:", r":17: .*metta: there is no such setting"),
        ("        config:", "        confg:", r":12: .*confg: there is no such setting"),
        ("    tables:", "    table:", r": .*table: there is no such setting"),
        ("sources:", "source:", r":4: source: there is no such setting"),
        ("freshness:", "freshnes:", r":14: .*freshnes: there is no such setting"),
        ("error_after:", "error_afte:", r":16: .*error_afte: there is no such setting"),
        ("count: 26", "count: some", r":15: .*count: must be a valid integer"),
        ("period: hour", "period: hours", r":15: .*period: must be 'minute', 'hour' or 'day'"),
        ("        columns:", "        colums:", r": .*colums: there is no such setting"),
        ("          - name: _file_id", "          - nam: _file_id", r": .*nam: there is no such setting"),
        ("      - name: lists", "      - lists", r"not valid YAML|must be a valid dictionary"),
        ("{identifier: ", "{identifer: ", r"unknown \['identifer'\]"),
    ],
)
def test_c118_a_misspelt_key_is_named_with_file_and_line(
    tmp_path: Path, written: str, instead: str, fault: str
) -> None:
    root = copy_project(tmp_path / "project")
    text = (root / FILE).read_text()
    assert written in text
    (root / FILE).write_text(text.replace(written, instead, 1))
    with pytest.raises(ConfigurationError, match=f"_remarkety__sources.yml.*{fault}"):
        load_feeds(root)


@pytest.mark.parametrize("text", ["", "a text", "- a list", "version: 2\n", "version: 2\nsources:\n", "sources: 1\n"])
def test_c118_a_file_of_sources_that_holds_none_is_named(tmp_path: Path, text: str) -> None:
    root = copy_project(tmp_path / "project")
    (root / FILE).write_text(text)
    with pytest.raises(ConfigurationError, match=r"_remarkety__sources.yml"):
        load_feeds(root)


@pytest.mark.parametrize("name", ["_remarkety_sources.yml", "remarkety.yaml", "../all.yml"])
def test_c118_a_feed_is_found_whatever_its_file_is_called(tmp_path: Path, name: str) -> None:
    root = copy_project(tmp_path / "project")
    before = [feed.name for feed in load_feeds(root)]
    (root / FILE).rename(root / FILE.parent / name)
    assert sorted(feed.name for feed in load_feeds(root)) == sorted(before)
