"""One run: find the files of all feeds, put them in order, fetch, land and archive them, tell the server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

import duckdb

from loaders import deliveries
from loaders.database import ensure_landing, one_writer, open_database, utc_now
from loaders.errors import ConfigurationError, MusterError
from loaders.feeds import Feed, load_feeds
from loaders.ledger import Arrival, Landed, last_versions
from loaders.reading.pgp import Keyrings
from loaders.settings import Settings
from loaders.transport.connections import load_connections
from loaders.transport.remote import FileProblemError, Remote, RemoteFile, TargetExistsError, open_remote

Progress = Callable[[str, int, int], None]
"""Called with (path, bytes so far, bytes in all) while a file is fetched."""


def silent(path: str, done: int, size: int) -> None:
    """Progress that nobody watches."""


@dataclass
class LandingReport:
    """What one run of the loader found and did."""

    landed: list[Landed] = field(default_factory=list)
    unrecognised: list[tuple[str, str, str]] = field(default_factory=list)
    """(connection, path, reason) of files that no feed takes."""
    errors: dict[str, MusterError] = field(default_factory=dict)
    """Feeds that were not (wholly) picked up, with why; they are tried again at the next run."""
    not_renamed: list[str] = field(default_factory=list)
    """Files that are landed but could not be given the done suffix, with why; tried again at the next run."""
    closed: list[str] = field(default_factory=list)
    """Deliveries that are complete because no part came for their quiet period."""


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
        report.closed = deliveries.close_quiet(database, asked)
        for feed in chosen:
            landed = sum(one.feed == feed.name for one in report.landed)
            failure = report.errors.get(feed.name)
            database.execute(
                "insert into landing.pickups values (?, ?, ?, ?, ?)",
                [feed.name, started_at, utc_now(), landed, str(failure) if failure else None],
            )
    return report


@contextmanager
def open_for_landing(settings: Settings, feeds: Sequence[Feed]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database with all landing tables, an empty spool and an archive, for the one writer (`LockedError`)."""
    with one_writer(settings.home):
        shutil.rmtree(settings.spool, ignore_errors=True)
        settings.spool.mkdir(parents=True, mode=0o700)
        settings.archive.mkdir(exist_ok=True, mode=0o700)
        with open_database(settings.database) as database:
            ensure_landing(database, feeds)
            yield database


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


def look_into(
    remote: Remote, directory: str, feeds: Iterable[Feed], active: Collection[Feed]
) -> tuple[list[tuple[Arrival, RemoteFile]], list[tuple[str, str]]]:
    """The files of a directory that exactly one of the connection's feeds takes, and (path, reason) of all others.

    Files with a done suffix are left out. A feed that is not active (switched off) leaves its files to an active one.
    """
    files, skipped = remote.list(directory)
    recognised: list[tuple[Arrival, RemoteFile]] = []
    unrecognised = [(str(PurePosixPath(directory, skip.name)), skip.reason) for skip in skipped]
    takers = [feed for feed in feeds if feed.config.directory == directory]
    done_suffixes = tuple({feed.config.done_suffix for feed in takers if feed.config.done_suffix})
    for file in files:
        path = str(PurePosixPath(directory, file.name))
        if done_suffixes and file.name.endswith(done_suffixes):
            continue
        matches = [arrival for feed in takers if (arrival := arrival_of(feed, path, file))]
        matches = [match for match in matches if match.feed in active] or matches
        if len(matches) == 1:
            recognised.append((matches[0], file))
        else:
            unrecognised.append((path, why_not_taken(file.name, takers, matches)))
    return recognised, unrecognised


def why_not_taken(name: str, takers: Sequence[Feed], matches: Sequence[Arrival]) -> str:
    """Why a file of this name is not landed."""
    if matches:
        return f"fits the feeds {' and '.join(match.feed.name for match in matches)}"
    for feed in takers:
        if feed.pattern.is_ambiguous(name):
            return f"fits {feed.config.file_name!r} of feed {feed.name} in more than one way"
    return "fits no feed's file name"


def arrival_of(feed: Feed, path: str, file: RemoteFile) -> Arrival | None:
    """The file as this feed sees it, or None if its name is not one of the feed's."""
    for role, pattern in (("data", feed.pattern), ("marker", feed.marker_pattern)):
        captured = pattern.match(file.name) if pattern else None
        if captured:
            tenant = feed.tenant_of(captured.parts)
            sent_at = captured.sent_at or file.modified_at
            return Arrival(
                feed,
                path,
                role,
                file.size,
                file.modified_at,
                captured.parts,
                tenant,
                feed.segment_of(captured.parts),
                sent_at,
                captured.wrong_date,
                feed.config.request if role == "data" else None,
            )
    return None


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
            from loaders.landing import land_file  # the libraries that it needs load while the first file comes

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
