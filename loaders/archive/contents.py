"""The bytes of every landed file as they were sent, for good: the last copy."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from loaders.config.settings import Settings
from loaders.errors import DamagedError


def sync(path: Path) -> None:
    """Return when the bytes of a file are on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def place_of(settings: Settings, sha256: str) -> Path:
    """Where the archive has the bytes with this hash."""
    return settings.archive / sha256[:2] / sha256


def archive(settings: Settings, spooled: Path, sha256: str) -> None:
    """Give the fetched bytes their place in the archive, before they are landed.

    What is there already is looked at: a copy that has been damaged since gives way (C107).
    """
    place = place_of(settings, sha256)
    place.parent.mkdir(exist_ok=True, mode=0o700, parents=True)
    try:
        place.hardlink_to(spooled)
    except FileExistsError:
        if not is_whole(place, sha256):
            fresh = place.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            fresh.hardlink_to(spooled)
            fresh.replace(place)


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file has the bytes with this hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def archived(settings: Settings, sha256: str, name: str) -> Path:
    """The archived bytes of a file called `name`. Raises `DamagedError` if they are gone, or not what was landed."""
    place = place_of(settings, sha256)
    if not place.exists():
        raise DamagedError(f"{name}: its bytes are not in the archive any more ({place})")
    if not is_whole(place, sha256):
        raise DamagedError(f"{name}: its archived bytes ({place}) are not those that were landed: they were damaged")
    return place
