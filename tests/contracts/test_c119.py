"""What runs in the database stays in it (C119, G20)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from loaders.building.dbt_runs import build_only
from loaders.errors import BuildError

from .installation import Installation, copy_project


@pytest.mark.proof
def test_c119_a_model_reaches_no_file_and_no_server(tmp_path: Path) -> None:
    """By dbt; where a project says `external_access`, its models may."""
    root = copy_project(tmp_path / "project")
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2")
    (root / "models" / "reads_a_file.sql").write_text(f"select content from read_text('{secret}')")
    muster = Installation(tmp_path / "home", root)
    muster.land()
    with pytest.raises(BuildError, match=r"(?s)reads_a_file.*disabled by configuration"):
        build_only(muster.settings, ["reads_a_file"], tmp_path / "work.duckdb")
    profiles = root / "profiles.yml"
    profiles.write_text(profiles.read_text().replace("external_access: false", "external_access: true"))
    build_only(muster.settings, ["reads_a_file"], tmp_path / "work.duckdb")
    with pytest.raises(duckdb.PermissionException):  # it is there, and what reads by Muster reaches nothing
        muster.rows("select content from reads_a_file")
