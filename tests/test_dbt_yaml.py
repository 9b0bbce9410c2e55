"""dbt takes a misspelt key for none at all; tests/dbt_yaml.py must not (house-style 12, 23)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.dbt_yaml import FOLDERS, faults

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(ROOT / "dbt_project.yml", tmp_path)
    return tmp_path


def test_the_project_has_no_fault() -> None:
    assert faults(ROOT) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "expected"),
    [
        ("models/marts/log/_log__models.yml", "    columns:", "    colunms:", "colunms"),
        ("models/marts/log/_log__models.yml", "        data_type: bigint", "        datatype: bigint", "datatype"),
        ("models/intermediate/rows/_rows__models.yml", "    description: ", "    descripton: ", "descripton"),
        ("models/staging/remarkety/_remarkety__models.yml", "contract: {enforced", "contarct: {enforced", "contarct"),
        ("models/landing/_remarkety__sources.yml", "loaded_at_query:", "loaded_at_querry:", "loaded_at_querry"),
        ("models/intermediate/log/_unit_tests.yml", "    overrides:", "    overides:", "overides"),
        ("seeds/_seeds.yml", "      column_types:", "      colum_types:", "colum_types"),
        ("dbt_project.yml", "seed-paths:", "seeds-paths:", "seeds-paths"),
        ("dbt_project.yml", "+materialized: view", "+materialised: view", "+materialised"),
        ("dbt_project.yml", "+contract: {", "+contarct: {", "+contarct"),
        ("models/marts/log/import_jobs.sql", "unique_key=", "uniqe_key=", "uniqe_key"),
        ("models/marts/contacts/contacts.sql", "materialized=", "materialised=", "materialised"),
    ],
)
def test_a_misspelt_key_is_named_with_its_line(project: Path, file: str, right: str, wrong: str, expected: str) -> None:
    path = project / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    line = text[: text.index(right)].count("\n") + 1
    found = faults(project)
    assert len(found) == 1, found
    assert found[0].startswith(f"{file}:{line}: ")
    assert expected in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: [", "not valid YAML"),
        ("models: []\nmodels: []\n", "written twice"),
        ("", "is empty"),
        ("models: {name: a}\n", "models: "),
    ],
)
def test_a_file_that_is_no_properties_file(project: Path, text: str, expected: str) -> None:
    (project / "models" / "_broken.yml").write_text(text)
    found = faults(project)
    assert len(found) == 1, found
    assert found[0].startswith("models/_broken.yml")
    assert expected in found[0]


def test_a_config_that_cannot_be_checked(project: Path) -> None:
    (project / "models" / "broken.sql").write_text("{{ config(**settings) }} select 1 as a")
    assert faults(project) == ["models/broken.sql:1: config(): write its keys out, to be checked"]
