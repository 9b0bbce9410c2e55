"""The database of an installation: made whole, checked against its archive, opened to write or to verify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from loaders.archive.journal import Journal
from loaders.config.settings import Settings
from loaders.database import ensure_landing, open_database, remove_database
from loaders.feeds.feed import Feed


def make_database(settings: Settings, feeds: Sequence[Feed]) -> None:
    """Make the database with its landing tables where there is none.

    It is made under another name: a file that is only begun never has its own (C109). Raises `DamagedError` if the
    archive has the log of one that is lost.
    """
    if settings.database.exists():
        return
    Journal(settings.archive).check_missing(settings.database)
    new = settings.database.with_name(settings.database.name + ".new")
    remove_database(new)
    settings.database.parent.mkdir(parents=True, exist_ok=True)
    with open_database(new) as database:
        ensure_landing(database, feeds)
    new.rename(settings.database)


@contextmanager
def open_to_write(settings: Settings, feeds: Sequence[Feed]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database with the landing tables of all feeds, for who holds the writer's lock.

    Raises `DamagedError` if it is not that of its archive, or cannot be read.
    """
    make_database(settings, feeds)
    with open_database(settings.database) as database:
        check(settings, database)
        ensure_landing(database, feeds)
        Journal(settings.archive).catch_up(database)
        yield database


@contextmanager
def open_to_verify(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database itself, to read, for who holds the writer's lock. Raises as `open_to_write`, and `NotBuiltError`."""
    if not settings.database.exists():
        Journal(settings.archive).check_missing(settings.database)
    with open_database(settings.database, read_only=True) as database:
        check(settings, database)
        yield database


def check(settings: Settings, database: duckdb.DuckDBPyConnection) -> None:
    """Raises `DamagedError` if the database lacks what the archive has."""
    Journal(settings.archive).check(database, settings.database)
