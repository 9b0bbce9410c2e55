"""Where a run lands: an empty spool, the archive and the database, for the one writer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import duckdb

from loaders.config.settings import Settings
from loaders.database import one_writer
from loaders.feeds.feed import Feed
from loaders.installation import open_to_write


class Store:
    """The database with all landing tables, open only while there is something to write."""

    def __init__(self, settings: Settings, feeds: Sequence[Feed]) -> None:
        """`feeds` are all that are declared."""
        self._settings, self._feeds = settings, feeds
        self._stack = ExitStack()
        self._database: duckdb.DuckDBPyConnection | None = None

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The open database. Raises as `open_to_write`."""
        if self._database is None:
            self._database = self._stack.enter_context(open_to_write(self._settings, self._feeds))
        return self._database

    def release(self) -> None:
        """Close it, until it is needed again: others may write, or read."""
        self._database = None
        self._stack.close()


@contextmanager
def open_for_landing(settings: Settings, feeds: Sequence[Feed]) -> Iterator[Store]:
    """The database, an empty spool and an archive, for the one writer.

    Raises `LockedError` if another run is at work, `DamagedError` if the database is not that of the archive.
    """
    with one_writer(settings.home):
        _empty(settings)
        settings.archive.mkdir(exist_ok=True, mode=0o700)
        store = Store(settings, feeds)
        try:
            yield store
        finally:
            store.release()
            _empty(settings)  # there may be files of feeds that were given up


def _empty(settings: Settings) -> None:
    shutil.rmtree(settings.spool, ignore_errors=True)
    settings.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
