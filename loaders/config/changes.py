"""Files of the project that a command writes: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """A file to be written: a new one, or one with another text."""

    path: Path
    text: str
    is_new: bool = False


def write_all(changes: Sequence[Change], check: Callable[[], None]) -> None:
    """Write the files; if one cannot be written or `check` raises, that is raised, and everything is as it was."""
    before = {change.path: None if change.is_new else change.path.read_bytes() for change in changes}
    folders = {change.path.parent for change in changes if not change.path.parent.exists()}
    written: list[Path] = []
    try:
        for change in changes:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            if change.is_new:
                with change.path.open("x", encoding="utf-8", newline="") as file:
                    written.append(change.path)
                    file.write(change.text)
            else:
                written.append(change.path)
                _replace(change.path, change.text.encode())
        check()
    except BaseException:
        for path in written:
            old = before[path]
            if old is None:
                path.unlink(missing_ok=True)
            else:
                _replace(path, old)
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()
        raise


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.chmod(path.stat().st_mode & 0o7777)
    os.replace(new, path)  # noqa: PTH105  # as one step
