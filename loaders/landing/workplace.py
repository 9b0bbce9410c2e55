"""Where a run lands: an empty spool, the archive and the database, for the one writer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from loaders.config.settings import Settings
from loaders.database import one_writer
from loaders.feeds.feed import Feed
from loaders.installation import open_to_write


@contextmanager
def open_for_landing(settings: Settings, feeds: Sequence[Feed]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database with all landing tables, an empty spool and an archive, for the one writer.

    Raises `LockedError` if another run is at work, `DamagedError` if the database is not that of the archive.
    """
    with one_writer(settings.home):
        _empty(settings.spool)
        settings.archive.mkdir(exist_ok=True, mode=0o700)
        try:
            with open_to_write(settings, feeds) as database:
                yield database
        finally:  # there may be files of feeds that were given up
            _empty(settings.spool)


def _empty(spool: Path) -> None:
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(parents=True, mode=0o700)
