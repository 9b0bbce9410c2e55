"""The published database: a copy of what the last run left, for everybody who reads (G14; field cases C64, C112).

Who reads holds up no run, and a run holds up nobody: the copy changes by one rename, and who has the old one open keeps
it. It has the name of the database, in a folder of its own, for the views in it say that name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from loaders.archive.journal import Journal
from loaders.config.settings import Settings
from loaders.database import one_writer, open_database
from loaders.errors import LockedError

_BUILDING = "building"


def note_change(settings: Settings) -> None:
    """Write down, before the database changes, that what is published will be older."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.unpublished.write_text("changed")


@contextmanager
def noted_build(settings: Settings) -> Iterator[None]:
    """While the tables are at different entries of the log, and after a build that fails, nothing is published."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.unpublished.write_text(_BUILDING)
    yield
    note_change(settings)


def _is_half_built(settings: Settings) -> bool:
    with suppress(FileNotFoundError):
        return settings.unpublished.read_text() == _BUILDING
    return False


def publish(settings: Settings) -> None:
    """Publish the database if it has changed since; for who holds the writer's lock, and has no connection open."""
    if not settings.database.exists():
        return
    if settings.published.exists() and (not settings.unpublished.exists() or _is_half_built(settings)):
        return
    with open_database(settings.database) as database:
        Journal(settings.archive).check(database, settings.database)
        database.execute("checkpoint")  # what a run that died has left beside the file
    settings.published.parent.mkdir(exist_ok=True, mode=0o700)
    new = settings.published.with_name(settings.published.name + ".new")
    shutil.copyfile(settings.database, new)
    new.chmod(0o600)
    new.replace(settings.published)
    settings.unpublished.unlink(missing_ok=True)


@contextmanager
def open_to_read(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database, to ask.

    What has changed since is published first, unless a run is at work. Raises `NotBuiltError` if there is no database,
    `DamagedError` if it is not that of its archive, or cannot be read; `LockedError` if the first run is still at work.
    """
    if not settings.database.exists():
        Journal(settings.archive).check_missing(settings.database)
    if settings.unpublished.exists() or not settings.published.exists():
        try:
            with one_writer(settings.home):
                publish(settings)
        except LockedError:
            if not settings.published.exists():
                raise
    with open_database(settings.published, read_only=True) as database:
        yield database
