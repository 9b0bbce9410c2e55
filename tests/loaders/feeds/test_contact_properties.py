"""Contact properties as dbt_project.yml declares them: what no build could keep is refused by name and line (C30)."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.errors import ConfigurationError
from loaders.feeds.contact_properties import check_contact_properties
from loaders.feeds.loading import load_feeds
from tests.contracts.installation import ROOT


def declared(tmp_path: Path, *lines: str) -> Path:
    """A project that declares these."""
    properties = "".join(f"    {line}\n" for line in lines)
    (tmp_path / "dbt_project.yml").write_text(f"vars:\n  contact_properties:\n    first_name: varchar\n{properties}")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("City: varchar", "lower-case"),
        ("shoe size: varchar", "lower-case"),
        ("order: varchar", "reserved word"),
        ("tenant_id: varchar", "is there already"),
        ("other: varchar", "is there already"),
        ("email: varchar", "identifier"),
        ("score: foo", "type 'foo'"),
        ("score: decimal(38)", "type"),
        ("score:", "type"),
    ],
)
def test_c30_a_property_that_no_build_could_keep_is_refused(tmp_path: Path, line: str, fault: str) -> None:
    project = declared(tmp_path, line)
    with pytest.raises(ConfigurationError, match=rf"dbt_project.yml:4: contact property .*{fault}"):
        check_contact_properties(project, load_feeds(ROOT))


@pytest.mark.parametrize("kind", ["integer[]", "date[]", "decimal(18, 2)[]", "text[]", "varchar[][]"])
def test_c88_a_list_of_anything_but_texts_is_refused(tmp_path: Path, kind: str) -> None:
    project = declared(tmp_path, f"scores: {kind}")
    with pytest.raises(
        ConfigurationError, match=r"dbt_project.yml:4: contact property 'scores': .*: write varchar\[\]"
    ):
        check_contact_properties(project, load_feeds(ROOT))


def test_c30_others_are_taken(tmp_path: Path) -> None:
    check_contact_properties(declared(tmp_path, "city: varchar", "scores: varchar[]", "spent: decimal(18, 2)"), [])
    check_contact_properties(ROOT, load_feeds(ROOT))
