"""dbt in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def dbt(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt in a process of its own, from the repository's root, as in CI."""
    env = os.environ | {"MUSTER_DATABASE": str(home / "muster.duckdb"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    folders = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    command = [str(Path(sys.executable).parent / "dbt"), *arguments, *folders]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
