"""`muster rebuild`: the database again, from the archive alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from loaders.archive.journal import Journal
from loaders.building.build import build
from loaders.config.settings import Settings
from loaders.database import one_writer, open_database, utc_now
from loaders.errors import NotBuiltError
from loaders.exports.kept import restore as restore_exports
from loaders.feeds.loading import load_feeds
from loaders.publishing import note_change
from loaders.recovery.restore import Restored, restore


def rebuild(settings: Settings) -> tuple[Restored, Path | None]:
    """Make landing and marts again from the archive; returns what was restored and where the old database is now.

    The old one is never removed: it stays beside the new one, until a person removes it. Raises `NotBuiltError` if the
    archive has no log, `DamagedError` if it is damaged, `BuildError`; then the old database is where it was.
    """
    with one_writer(settings.home):
        _check(settings)
        work = settings.database.parent / f".{settings.database.name}.rebuild"
        shutil.rmtree(work, ignore_errors=True)
        try:
            restored = build_anew(settings, work / settings.database.name, settings.home)
            kept = _set_aside(settings.database)
            (work / settings.database.name).rename(settings.database)
            note_change(settings)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return restored, kept


def build_anew(settings: Settings, database: Path, home: Path) -> Restored:
    """Make `database` with landing and marts; its name is that of the installation's, which the views in it say.

    `home`: where dbt works, and where is kept by which statements this database is advanced.
    """
    restored = restore(settings, database, load_feeds(settings.root))
    build(replace(settings, database=database, home=home))
    with open_database(database) as connection:
        restored.export_count = restore_exports(connection, settings)
    return restored


def _check(settings: Settings) -> None:
    if Journal(settings.archive).last() is None:
        raise NotBuiltError(f"{settings.archive}: there is no archive with a log to rebuild from (MUSTER_HOME)")


def _set_aside(database: Path) -> Path | None:
    """Give the database another name, with what DuckDB has written beside it."""
    kept = database.with_name(f"{database.name}.before-rebuild-{utc_now():%Y%m%d%H%M%S}")
    for old, new in ((database, kept), (_wal(database), _wal(kept))):
        if old.exists():
            old.rename(new)
    return kept if kept.exists() else None


def _wal(database: Path) -> Path:
    return database.with_name(database.name + ".wal")
