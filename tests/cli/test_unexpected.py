"""What nobody expected is said once, and nothing else beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.contracts.installation import ROOT, Installation, copy_project, lines

_BROKEN = """
import sys
import loaders.attention

def broken(settings):
    raise RuntimeError("nobody expected this")

loaders.attention.last_seen = broken
sys.argv = ["muster", "run"]
from loaders.__main__ import main
main()
"""


def test_c114_an_unexpected_error_ends_with_1_and_its_traceback_alone(tmp_path: Path) -> None:
    """Also behind a build by dbt, whose database is still in the frames of the error: DuckDB would tell of leaks."""
    muster = Installation(tmp_path / "home", copy_project(tmp_path / "project"))
    muster.drop("shop_vip_20260101080000.csv", lines("id", "1"))
    ran = subprocess.run(
        [sys.executable, "-c", _BROKEN], env=muster.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.rstrip().endswith("RuntimeError: nobody expected this")
    assert "nanobind" not in ran.stderr
    assert "lists/shop_vip_20260101080000.csv" in ran.stdout
