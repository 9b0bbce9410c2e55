"""Merge rules are checked before a build, with file and line (B8, B9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds
from loaders.feeds.merge_rules import check_merge_rules
from tests.contracts.installation import ROOT, Installation, copy_project

HEADER = "feed,column_name,property,rule\n"


def test_b08_the_projects_own_rules_are_well_formed() -> None:
    check_merge_rules(ROOT, load_feeds(ROOT))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEADER + "*,*,,set\nblueconic__profils,a,,sum\n", 3, "no feed 'blueconic__profils'"),
        (HEADER + "blueconic__profiles,a,,summ\n", 2, "'summ' is none of set, "),
        (HEADER + "*,a,,sum\n\n*,b,,add\n*,a,,add\n", 5, "line 2 of merge_rules.csv is about the same"),
        (HEADER + "*,a,crm_*,set\n", 2, "goes with the column"),
        (HEADER + "*,*,crm,set\n", 2, "is a prefix such as"),
        (HEADER + "*,,,set\n", 2, "name the column"),
        (HEADER + "*,a,set\n", 2, "3 cells instead of 4"),
        ("feed,property,rule\n*,*,set\n", 1, "the header is"),
    ],
)
def test_b08_a_wrong_line_stops_the_build(tmp_path: Path, text: str, line: int, words: str) -> None:
    root = copy_project(tmp_path / "project")
    path = root / "seeds" / "merge_rules.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as error:
        Installation(tmp_path / "home", root).build()
    assert f"{path}:{line}: " in str(error.value)
    assert words in str(error.value)
