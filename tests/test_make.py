"""What `make` does to a working folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_c71_make_clean_leaves_the_database_and_the_archive(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    kept = [tmp_path / name for name in (".muster/archive/0a", ".muster/muster.duckdb", "muster.duckdb")]
    gone = [tmp_path / name for name in (".venv/bin/python", "target/manifest.json", ".muster/logs/dbt.log")]
    for path in kept + gone:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert [path for path in kept + gone if path.exists()] == kept
