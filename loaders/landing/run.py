"""One run: find the files of all feeds, put them in order, fetch, land and archive them, tell the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import duckdb

from loaders.archive.contents import archive, sync
from loaders.archive.journal import Journal
from loaders.config.connections import Connection, load_connections
from loaders.config.settings import Settings
from loaders.database import utc_now
from loaders.errors import ConfigurationError, MusterError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.landing.arrival import Arrival
from loaders.landing.confined import confined
from loaders.landing.fetch_ahead import Fetched, NewFile, fetched_ahead
from loaders.landing.finding import look_into
from loaders.landing.keyrings import Keyrings
from loaders.landing.ledger import (
    Landed,
    last_pickups,
    last_versions,
    note_pickup,
    note_rename,
    note_renamed,
    note_unrecognised,
)
from loaders.landing.quiet_deliveries import close_quiet, quiet_deliveries
from loaders.landing.report import LandingReport, Progress, silent
from loaders.landing.settling import settles_at
from loaders.landing.workplace import open_for_landing
from loaders.publishing import note_change
from loaders.transport.interface import FileProblemError, Remote, TargetExistsError
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
    active = [feed for feed in feeds if feed.config.enabled or feed.name in only]
    if not active:
        return LandingReport(is_all_off=True)
    connections = _connections_of(active, settings)
    keyrings = Keyrings(settings.connections, settings.spool, active)
    with open_for_landing(settings, feeds) as database, keyrings, ExitStack() as remotes:
        run = Run(settings, database, keyrings, feeds, active, progress)
        run.choose(only, scheduled=scheduled)
        run.find(connections, remotes)
        run.order()
        run.land_all()
        run.close_quiet_deliveries()
        run.note_pickups()
        return run.report


def _connections_of(active: Sequence[Feed], settings: Settings) -> dict[str, Connection]:
    """All connections. Raises `ConfigurationError` if an active feed has none."""
    connections = load_connections(settings.connections)
    for feed in active:
        if feed.config.connection not in connections:
            raise ConfigurationError(
                f"{feed.declared_at}: feed {feed.name}: {settings.connections} has no connection"
                f" {feed.config.connection!r}"
            )
    return connections


@dataclass
class Run:
    """What a run works with, and what it has found and done so far; `land` says in which order it goes."""

    settings: Settings
    database: duckdb.DuckDBPyConnection
    keyrings: Keyrings
    feeds: Sequence[Feed] = ()
    """All that are declared."""
    active: Sequence[Feed] = ()
    """Those that are switched on, or named for this run; the others leave their files to them."""
    progress: Progress = silent
    report: LandingReport = field(default_factory=LandingReport)

    def __post_init__(self) -> None:
        """Nothing is chosen, and nothing found yet."""
        self.started_at = utc_now()
        self.chosen: list[Feed] = []
        self.files: list[NewFile] = []
        self.journal = Journal(self.settings.archive)
        self.has_changed = False

    def change(self) -> None:
        """Before the database says anything that readers may see."""
        if not self.has_changed:
            note_change(self.settings)
            self.has_changed = True

    def choose(self, only: Sequence[str], *, scheduled: bool) -> None:
        """Choose the active feeds whose files are landed: those in `only` if it names any, where `scheduled` if due."""
        due = list(self.active)
        if scheduled:
            last = last_pickups(self.database)
            quiet = {feed.name for feed, _ in quiet_deliveries(self.database, due)}
            due = [
                feed
                for feed in due
                if feed.name in quiet or feed.is_due(*last.get(feed.name, (None, None)), now=self.started_at)
            ]
        self.chosen = [feed for feed in due if not only or feed.name in only]

    def find(self, connections: Mapping[str, Connection], remotes: ExitStack) -> None:
        """Find the new files of the chosen feeds; the feeds of a connection that fails are in the report's errors."""
        for name in dict.fromkeys(feed.config.connection for feed in self.chosen):
            try:
                with confined(f"connection {name}"):
                    remote = remotes.enter_context(open_remote(connections[name]))
                    self.files += self._new_files(name, connections[name], remote)
            except MusterError as error:
                self._give_up([feed for feed in self.chosen if feed.config.connection == name], error)

    def _new_files(self, connection: str, declared: Connection, remote: Remote) -> list[NewFile]:
        """The new files of the chosen feeds on one connection; what no feed takes goes into the report."""
        found: list[NewFile] = []
        here = [feed for feed in self.feeds if feed.config.connection == connection]
        known = last_versions(self.database, [feed.name for feed in self.chosen])
        for directory in dict.fromkeys(feed.config.directory for feed in self.chosen if feed in here):
            listed_at, now = monotonic(), utc_now()
            try:
                look = look_into(remote, directory, here, self.active)
            except ConfigurationError as error:  # other directories may be as declared (C66)
                own = [feed for feed in here if feed.config.directory == directory]
                self._give_up([feed for feed in self.chosen if feed in own], error)
                continue
            marked = {
                (one.feed.name, one.delivery): at.modified_at for one, at in look.recognised if one.role == "marker"
            }
            for arrival, file in look.recognised:
                if arrival.feed not in self.chosen:
                    continue
                version = known.get((arrival.feed.name, arrival.path))
                if version and version.is_still(file):
                    self._acknowledge(NewFile(arrival, file, remote), version.file_id, is_refused=version.was_refused)
                elif file.modified_at <= marked.get((arrival.feed.name, arrival.delivery), datetime.min):
                    # its partner says that it is complete; what has been written since is a later part, or version
                    found.append(NewFile(arrival, file, remote))
                else:
                    found.append(NewFile(arrival, file, remote, settles_at(file, declared, listed_at, now)))
            self.report.unrecognised += [(connection, path, reason) for path, reason in look.unrecognised]
            if note_unrecognised(self.database, connection, look.unrecognised):
                self.change()
            names = {feed.name for feed in self.chosen}
            self.report.never_landed += [
                (connection, path) for feed, path in look.renamed if feed in names and (feed, path) not in known
            ]
        return found

    def order(self) -> None:
        """Put the files in the order in which they are landed: that of their own times (R8).

        A linked file whose name has no time comes behind its root file: whether it has changed is asked then (B10).
        """
        paired = [file.arrival for file in self.files if file.arrival.feed.pairs_versions]
        roots = {arrival.delivery: arrival.sent_at for arrival in paired if arrival.feed.name == arrival.feed.root}

        def place(file: NewFile) -> tuple[object, ...]:
            arrival, sent_at, is_behind = file.arrival, file.arrival.sent_at, False
            if arrival.feed.pairs_versions and arrival.feed.name != arrival.feed.root:
                sent_at, is_behind = max(sent_at, roots.get(arrival.delivery, sent_at)), True
            return sent_at, is_behind, arrival.feed.position, arrival.role == "marker", arrival.path

        self.files.sort(key=place)

    def land_all(self) -> None:
        """Fetch, archive, land and acknowledge the files in order, fetching the next file while one is landed.

        After a file that could not be fetched, or not be decrypted as we are set up, the later files of its feed wait
        for the next run: order comes first.
        """
        with (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetch") as fetcher,
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as syncer,
        ):
            spool, given_up = self.settings.spool, self._is_given_up
            for file, fetch in fetched_ahead(fetcher, self.files, spool, given_up, self.progress):
                try:
                    with confined(file.arrival.path):
                        if fetched := self._fetched(file, fetch):
                            archive(self.settings, fetched.path, fetched.sha256)
                            on_disk = syncer.submit(sync, fetched.path)  # while it is parsed
                            if landed := self.land_one(file.arrival, fetched, on_disk.result):
                                self._acknowledge(file, landed.file_id, is_refused=landed.refusal_code is not None)
                except MusterError as error:
                    self._give_up([file.arrival.feed], error)

    def _is_given_up(self, file: NewFile) -> bool:
        return file.arrival.feed.name in self.report.errors

    def _give_up(self, feeds: Sequence[Feed], error: MusterError) -> None:
        self.report.errors |= {feed.name: error for feed in feeds}

    def _fetched(self, file: NewFile, fetch: Callable[[], Fetched]) -> Fetched | None:
        """The bytes of a file; None if they cannot be had, and then its feed is given up."""
        from loaders.landing import land_file  # noqa: F401  # its libraries load while the first file comes

        try:
            return fetch()
        except FileProblemError as error:
            self._give_up([file.arrival.feed], error)
        except MusterError as error:  # the connection is gone: its other feeds need not try
            gone = file.arrival.feed.config.connection
            feeds = [one.arrival.feed for one in self.files]
            self._give_up([feed for feed in feeds if feed.config.connection == gone], error)
        return None

    def land_one(self, arrival: Arrival, fetched: Fetched, until_kept: Callable[[], None]) -> Landed | None:
        """Land a file that is in the archive; one that cannot be decrypted as we are set up stops its feed: None.

        `until_kept` returns when the archive has it for good.
        """
        from loaders.landing.land_file import FileLanding

        self.change()
        landing = FileLanding(self.database, arrival, fetched.path, fetched.sha256, self.keyrings)
        landed: Landed | None = None
        try:
            landed = landing.land(until_kept)
            self.journal.catch_up(self.database)
            self.report.landed.append(landed)
        except ConfigurationError as error:
            self._give_up([arrival.feed], error)
            until_kept()
        fetched.path.unlink()
        return landed

    def _acknowledge(self, file: NewFile, file_id: int, *, is_refused: bool) -> None:
        """Append the feed's suffix on the server, after the commit (B5, C102); with the time where that is taken.

        Only the version that was landed gets it: what has come in its place since is for the next run (C100). That it
        is about to get it is written down before: a file that then has its name is another one (C80).
        """
        config, name = file.arrival.feed.config, file.file.name
        if config.done_suffix is None or file.arrival.role != "data":
            return
        suffix = config.refused_suffix if is_refused else config.done_suffix
        directory, error = file.arrival.feed.config.directory, None
        note_rename(self.database, file_id)
        try:
            try:
                file.remote.rename(directory, file.file, name + suffix)
            except TargetExistsError:
                file.remote.rename(directory, file.file, f"{name}.{utc_now():%Y%m%d%H%M%S%f}{suffix}")
        except FileProblemError as fault:
            error = fault
            self.report.not_renamed.append(f"{file.arrival.path}: landed, but not renamed to {name}{suffix}: {fault}")
        note_renamed(self.database, file_id, error)
        self.journal.note_rename(self.database, file_id)

    def close_quiet_deliveries(self) -> None:
        """Close what is complete by its quiet period, of the feeds whose files this run has listed (C81)."""
        asked = [feed for feed in self.chosen if feed.name not in self.report.errors]
        self.report.closed = close_quiet(self.database, asked, before_it=self.change)
        self.journal.catch_up(self.database)

    def note_pickups(self) -> None:
        """Write down for each chosen feed that it was picked up, and whether all went well: schedules count from it."""
        for feed in self.chosen:
            landed_count = sum(one.feed == feed.name for one in self.report.landed)
            note_pickup(self.database, feed.name, self.started_at, landed_count, self.report.errors.get(feed.name))
