"""What the test processes of one run share: whoever needs it first makes it, the others wait for it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

FOLDER: list[Path] = []
"""The folder of this run, which tests/conftest.py names."""


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` has filled once in this run, and that nobody changes afterwards."""
    folder = FOLDER[0] / name
    finished = folder.with_suffix(".finished")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)  # whoever began has failed
            make(folder)
            finished.touch()
    return folder
