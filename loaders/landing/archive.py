"""The working folder of a run: an empty spool, and the archive, which has the bytes of every landed file for good."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from loaders.config.settings import Settings
from loaders.database import ensure_landing, one_writer, open_database
from loaders.feeds.feed import Feed


@contextmanager
def open_for_landing(settings: Settings, feeds: Sequence[Feed]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database with all landing tables, an empty spool and an archive, for the one writer (`LockedError`)."""
    with one_writer(settings.home):
        _empty(settings.spool)
        settings.archive.mkdir(exist_ok=True, mode=0o700)
        try:
            with open_database(settings.database) as database:
                ensure_landing(database, feeds)
                yield database
        finally:  # there may be files of feeds that were given up
            _empty(settings.spool)


def _empty(spool: Path) -> None:
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(parents=True, mode=0o700)


def sync(path: Path) -> None:
    """Return when the bytes of a file are on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def archive(settings: Settings, spooled: Path, sha256: str) -> None:
    """Give the fetched bytes their place in the archive, before they are landed: it is the last copy."""
    folder = settings.archive / sha256[:2]
    folder.mkdir(exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        (folder / sha256).hardlink_to(spooled)
