"""One run: find the files of all feeds, put them in order, fetch, land and archive them, tell the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb

from loaders.config.connections import load_connections
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.errors import ConfigurationError, MusterError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.landing.archive import archive, open_for_landing, sync
from loaders.landing.arrival import Arrival
from loaders.landing.finding import look_into
from loaders.landing.keyrings import Keyrings
from loaders.landing.ledger import last_versions
from loaders.landing.quiet_deliveries import close_quiet
from loaders.landing.report import LandingReport, Progress, silent
from loaders.transport.interface import FileProblemError, Remote, RemoteFile, TargetExistsError
from loaders.transport.opening import open_remote


def land(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    scheduled: bool = False,
    progress: Progress = silent,
) -> LandingReport:
    """Land every new file of every feed that is switched on (or of those in `only`; `scheduled`: only where due).

    A feed whose server fails is in the report's errors, and the others go on. Raises `ConfigurationError`
    before anything is touched, and `LockedError` if another run is at work.
    """
    feeds = load_feeds(settings.root)
    if unknown := set(only) - {feed.name for feed in feeds}:
        raise ConfigurationError(f"no such feed: {', '.join(sorted(unknown))}; `muster feeds list` names them")
    connections = load_connections(settings.connections)
    active = [feed for feed in feeds if feed.config.enabled or feed.name in only]
    for feed in active:
        if feed.config.connection not in connections:
            raise ConfigurationError(
                f"{feed.declared_at}: feed {feed.name}: {settings.connections} has no connection"
                f" {feed.config.connection!r}"
            )
    report = LandingReport()
    keyrings = Keyrings(settings.connections, settings.spool, feeds)
    with open_for_landing(settings, feeds) as database, keyrings, ExitStack() as stack:
        started_at = utc_now()
        due = _due(database, active, started_at) if scheduled else active
        chosen = [feed for feed in due if not only or feed.name in only]
        remotes: dict[str, Remote] = {}
        arrivals: list[tuple[Arrival, RemoteFile]] = []
        for name in dict.fromkeys(feed.config.connection for feed in chosen):
            try:
                remotes[name] = stack.enter_context(open_remote(connections[name]))
                arrivals += _find(database, name, remotes[name], feeds, active, chosen, report)
            except MusterError as error:
                report.errors |= {feed.name: error for feed in chosen if feed.config.connection == name}
        arrivals.sort(key=lambda pair: (pair[0].sent_at, pair[0].feed.position, pair[0].role == "marker", pair[0].path))
        _land_all(settings, database, remotes, keyrings, arrivals, report, progress)
        # Nobody knows what lies on a server that could not be asked: its deliveries stay open.
        asked = [feed for feed in active if feed.name not in report.errors]
        report.closed = close_quiet(database, asked)
        for feed in chosen:
            landed = sum(one.feed == feed.name for one in report.landed)
            failure = report.errors.get(feed.name)
            database.execute(
                "insert into landing.pickups values (?, ?, ?, ?, ?)",
                [feed.name, started_at, utc_now(), landed, str(failure) if failure else None],
            )
    return report


def _due(database: duckdb.DuckDBPyConnection, feeds: Iterable[Feed], now: datetime) -> list[Feed]:
    """Those of the feeds that are due since their last good pickup."""
    rows = database.execute("select feed, max(started_at) from landing.pickups where error is null group by all")
    last: dict[str, datetime] = dict(rows.fetchall())
    return [feed for feed in feeds if feed.is_due(last.get(feed.name), now)]


def _find(
    database: duckdb.DuckDBPyConnection,
    connection: str,
    remote: Remote,
    feeds: Iterable[Feed],
    active: Collection[Feed],
    chosen: Sequence[Feed],
    report: LandingReport,
) -> list[tuple[Arrival, RemoteFile]]:
    """The new files of the chosen feeds on one connection; what no feed takes goes into the report."""
    found: list[tuple[Arrival, RemoteFile]] = []
    here = [feed for feed in feeds if feed.config.connection == connection]
    known = last_versions(database, [feed.name for feed in chosen])
    for directory in dict.fromkeys(feed.config.directory for feed in chosen if feed in here):
        recognised, unrecognised = look_into(remote, directory, here, active)
        for arrival, file in recognised:
            if arrival.feed in chosen:
                if known.get((arrival.feed.name, arrival.path)) != (file.size, file.modified_at):
                    found.append((arrival, file))
                else:
                    _acknowledge(remote, arrival, report)  # landed before, but the server was not told
        for path, reason in unrecognised:
            report.unrecognised.append((connection, path, reason))
            database.execute(
                """insert into landing.unrecognised_files select $1, $2, $3, $4 where not exists
                (from landing.unrecognised_files where connection = $1 and path = $2 and reason = $3)""",
                [connection, path, reason, utc_now()],
            )
    return found


def _land_all(
    settings: Settings,
    database: duckdb.DuckDBPyConnection,
    remotes: dict[str, Remote],
    keyrings: Keyrings,
    arrivals: list[tuple[Arrival, RemoteFile]],
    report: LandingReport,
    progress: Progress,
) -> None:
    """Fetch, land, archive and acknowledge in order, fetching the next file while one is landed.

    After a file that could not be fetched, or not be decrypted as we are set up, the later files of its feed wait for
    the next run: order comes first.
    """

    def fetch(at: int) -> tuple[Path, str]:
        arrival, file = arrivals[at]
        target = settings.spool / f"{at}.part"
        remote = remotes[arrival.feed.config.connection]
        sha256 = remote.fetch(
            arrival.feed.config.directory, file, target, lambda done: progress(arrival.path, done, file.size)
        )
        return target, sha256

    with (
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch") as fetcher,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as syncer,
    ):
        ahead: dict[int, Future[tuple[Path, str]]] = {}
        for at, (arrival, _) in enumerate(arrivals):
            for soon in range(at, min(at + 2, len(arrivals))):
                if soon not in ahead and arrivals[soon][0].feed.name not in report.errors:
                    ahead[soon] = fetcher.submit(fetch, soon)
            if arrival.feed.name in report.errors:
                continue
            from loaders.landing.land_file import (
                land_file,  # the libraries that it needs load while the first file comes
            )

            try:
                spooled, sha256 = ahead.pop(at).result()
            except FileProblemError as error:
                report.errors[arrival.feed.name] = error
                continue
            except MusterError as error:  # the connection is gone: its other feeds need not try
                gone = arrival.feed.config.connection
                report.errors |= {a.feed.name: error for a, _ in arrivals if a.feed.config.connection == gone}
                continue
            archive(settings, spooled, sha256)
            on_disk = syncer.submit(sync, spooled)  # while it is parsed
            try:
                report.landed.append(land_file(database, arrival, spooled, sha256, on_disk.result, keyrings))
            except ConfigurationError as error:
                report.errors[arrival.feed.name] = error
                on_disk.result()
            spooled.unlink()
            if arrival.feed.name in report.errors:
                continue
            try:
                _acknowledge(remotes[arrival.feed.config.connection], arrival, report)
            except MusterError as error:
                report.errors[arrival.feed.name] = error


def _acknowledge(remote: Remote, arrival: Arrival, report: LandingReport) -> None:
    """Append the feed's done suffix on the server, after the commit (B5); with the time where that is taken."""
    suffix = arrival.feed.config.done_suffix
    if suffix is None or arrival.role != "data":
        return
    directory, name = arrival.feed.config.directory, PurePosixPath(arrival.path).name
    try:
        try:
            remote.rename(directory, name, name + suffix)
        except TargetExistsError:
            remote.rename(directory, name, f"{name}.{utc_now():%Y%m%d%H%M%S%f}{suffix}")
    except FileProblemError as error:
        report.not_renamed.append(f"{arrival.path}: landed, but not renamed to {name}{suffix}: {error}")
