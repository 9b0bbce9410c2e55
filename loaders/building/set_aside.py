"""A file on which the models fail is refused after all, and the build goes on without it (X13)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from loaders.archive.journal import Journal
from loaders.building.progress import progress
from loaders.config.settings import Settings
from loaders.database import open_database, quoted, utc_now
from loaders.errors import NO_ROOM, BuildError, ResourceError
from loaders.feeds.loading import load_feeds
from loaders.landing.ledger import next_log_id
from loaders.landing.refused_before import hold_back

CODE = "set_aside"
ALL = 2**63 - 1
"""What `last_entry()` is in macros/functions."""
_NOT_OF_DATA = re.compile(
    r"(IO|Out of Memory|INTERNAL|FATAL|INTERRUPT|Catalog|Binder|Parser|Permission|TransactionContext|Compilation) Error"
    r"|dbt built nothing"
)

_SHORT = re.compile(f"{NO_ROOM}|Disk quota exceeded|Out of Memory Error")

BuildUpTo = Callable[[int], None]
"""Builds up to this log entry; raises `BuildError`."""


def set_aside(settings: Settings, error: BuildError, build_up_to: BuildUpTo) -> str:
    """Find the log entry on which a build has failed with `error`, refuse its files, and say so.

    All entries before it are built then. Raises `error` again if the models fail without any entry, or do not fail
    again (a test has failed, or what was in the way is gone), or if it is not one of data: a model that cannot be read;
    `ResourceError` if disk or memory is short.
    """
    if _SHORT.search(str(error)):
        raise ResourceError(str(error)) from error
    if _NOT_OF_DATA.search(str(error)):
        raise error
    before, last = progress(settings).decided, _last_entry(settings)
    if last <= before:
        raise error
    try:
        build_up_to(before)
    except BuildError:
        raise error from None
    try:
        build_up_to(last)
    except BuildError as fault:
        reason = fault
    else:
        raise error
    while last - before > 1:
        middle = (before + last) // 2
        try:
            build_up_to(middle)
            before = middle
        except BuildError as fault:
            last, reason = middle, fault
    return _refuse(settings, last, str(reason))


@contextmanager
def looking_up_to(settings: Settings, log_id: int) -> Iterator[None]:
    """Builds in here look at no entry of the log behind this one."""
    _set_last_entry(settings, log_id)
    try:
        yield
    finally:
        _set_last_entry(settings, ALL)


def _set_last_entry(settings: Settings, log_id: int) -> None:
    with open_database(settings.database) as connection:
        connection.execute(f"create or replace macro last_entry() as {log_id}")


def see_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Look at the whole log again, should a search have died."""
    found = connection.execute("select macro_definition from duckdb_functions() where function_name = 'last_entry'")
    if any(str(ALL) not in definition for (definition,) in found.fetchall()):
        connection.execute(f"create or replace macro last_entry() as {ALL}")


def _last_entry(settings: Settings) -> int:
    with open_database(settings.database, read_only=True) as connection:
        return next_log_id(connection) - 1


def _refuse(settings: Settings, log_id: int, reason: str) -> str:
    """Refuse the file of this entry, or those of the delivery that it closes: of their rows nothing stays but their
    bytes in the archive. The decision is an entry of the log."""
    with open_database(settings.database) as connection:
        files = connection.execute(
            """select file_id, feed, path from landing.files where refusal_code is null and duplicate_of is null and (
                file_id = $1 or (feed, delivery) in (select (feed, delivery) from landing.decisions where log_id = $1)
            )""",
            [log_id],
        ).fetchall()
        if not files:
            raise BuildError(reason)
        declared = {feed.name: feed for feed in load_feeds(settings.root)}
        changed = [file_id for file_id, *_ in files]
        connection.begin()
        for file_id, feed, path in files:
            connection.execute(f"delete from landing.{quoted(feed)} where _file_id = ?", [file_id])
            connection.execute("delete from landing.unreadable_lines where file_id = ?", [file_id])
            connection.execute(
                """update landing.files set refusal_code = ?, refusal_detail = ?, line_count = 0, row_count = 0,
                unreadable_count = 0 where file_id = ?""",
                [CODE, reason, file_id],
            )
            connection.execute(
                "insert into landing.decisions values (?, ?, ?, ?, 'muster', ?, ?)",
                [next_log_id(connection), CODE, feed, path, reason, utc_now()],
            )
            changed += hold_back(connection, declared[feed], file_id) if feed in declared else []
        connection.commit()
        journal = Journal(settings.archive)
        journal.correct(connection, changed)
        journal.catch_up(connection)
    names = ", ".join(path for *_, path in files)
    return (
        f"{names}: set aside, for the models fail on it; all else was built. Mend the model, or the file,"
        f" and import it again with --sent-at. {reason}"
    )
