"""One run: find the files of all feeds, put them in order, fetch, land and archive them, tell the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

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
from loaders.landing.finding import Listing, listing_of
from loaders.landing.keyrings import Keyrings
from loaders.landing.lane import Lane, close
from loaders.landing.ledger import Landed, last_pickups, last_versions, note_pickup, note_unrecognised
from loaders.landing.new_file import OF_ONE_FILE, Fetched, NewFile
from loaders.landing.quiet_deliveries import close_quiet, quiet_deliveries
from loaders.landing.refused_before import release_where_nothing_waits
from loaders.landing.renaming import Renaming
from loaders.landing.report import LandingReport, Progress, silent
from loaders.landing.settling import settles_at
from loaders.landing.turns import PATIENCE, Queue, in_turn, queues_of
from loaders.landing.workplace import Store, open_for_landing
from loaders.publishing import note_change
from loaders.transport.interface import FileVanishedError
from loaders.transport.logins import Logins


def land(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    scheduled: bool = False,
    progress: Progress = silent,
    meanwhile: Callable[[], None] = lambda: None,
) -> LandingReport:
    """Land every new file of every feed that is switched on (or of those in `only`; `scheduled`: only where due).

    Connections are worked side by side. `meanwhile` is called, with the database closed, when all that is left is slow
    and other connections have landed something. A feed whose server fails is in the report's errors, and the others go
    on. Raises `ConfigurationError` before anything is touched, and `LockedError` if another run is at work.
    """
    feeds = load_feeds(settings.root)
    if unknown := set(only) - {feed.name for feed in feeds}:
        raise ConfigurationError(f"no such feed: {', '.join(sorted(unknown))}; `muster feeds list` names them")
    active = [feed for feed in feeds if feed.config.enabled or feed.name in only]
    if not active:
        return LandingReport(is_all_off=True)
    connections = _connections_of(active, settings)
    keyrings = Keyrings(settings.connections, settings.spool, active)
    with open_for_landing(settings, feeds) as store, keyrings, ExitStack() as lanes:
        run = Run(settings, store, keyrings, feeds, active, progress, by_schedule=scheduled)
        run.choose(only)
        run.look(connections, lanes)
        run.land_all(meanwhile)
        run.close_deliveries()
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
    store: Store
    keyrings: Keyrings
    feeds: Sequence[Feed] = ()
    """All that are declared."""
    active: Sequence[Feed] = ()
    """Those that are switched on, or named for this run; the others leave their files to them."""
    progress: Progress = silent
    by_schedule: bool = False
    """Whether only what is due is looked for, and nobody is there."""
    report: LandingReport = field(default_factory=LandingReport)

    def __post_init__(self) -> None:
        """Nothing is chosen, and nothing found yet."""
        self.started_at = utc_now()
        self.chosen: list[Feed] = []
        self.queues: list[Queue] = []
        self.renamings: list[Renaming] = []
        self.has_landed: set[Queue] = set()
        self.logins = Logins(self.settings.home / "refused_logins.json", by_schedule=self.by_schedule)
        self.journal = Journal(self.settings.archive)
        self.has_changed = False

    @property
    def database(self) -> duckdb.DuckDBPyConnection:
        """The database, open to write."""
        return self.store.database

    def change(self) -> None:
        """Before the database says anything that readers may see."""
        if not self.has_changed:
            note_change(self.settings)
            self.has_changed = True

    def choose(self, only: Sequence[str]) -> None:
        """Choose the active feeds whose files are landed: those in `only` if it names any; by a schedule, if due."""
        due = list(self.active)
        if self.by_schedule:
            last = last_pickups(self.database)
            quiet = {feed.name for feed, _ in quiet_deliveries(self.database, due)}
            due = [
                feed
                for feed in due
                if feed.name in quiet or feed.is_due(*last.get(feed.name, (None, None)), now=self.started_at)
            ]
        self.chosen = [feed for feed in due if not only or feed.name in only]

    def look(self, connections: Mapping[str, Connection], lanes: ExitStack) -> None:
        """Begin to list what the connections of the chosen feeds have."""
        found: dict[str, Lane] = {}
        lanes.callback(lambda: close(found.values()))
        for name in dict.fromkeys(feed.config.connection for feed in self.chosen):
            try:
                with confined(f"connection {name}"):
                    found[name] = Lane(name, connections[name])
            except MusterError as error:
                self._give_up(self._chosen_of(name), error)
        self.queues = queues_of(found, self.chosen)
        for queue in self.queues:
            queue.looks = {lane: lane.submit(partial(self._listings, lane)) for lane in queue.lanes}

    def _listings(self, lane: Lane) -> list[Listing]:
        """What the directories of the chosen feeds have; on the connection's own thread."""
        here = [feed for feed in self.feeds if feed.config.connection == lane.name]
        directories = dict.fromkeys(feed.config.directory for feed in self._chosen_of(lane.name))
        with confined(f"connection {lane.name}"):
            self.logins.log_in(lane.connection, lane.remote.__enter__)
            return [listing_of(lane.remote, directory, here, self.active) for directory in directories]

    def land_all(self, meanwhile: Callable[[], None]) -> None:
        """Fetch, archive, land and acknowledge the files in their order, each connection by itself.

        After a file that could not be fetched, or not be decrypted as we are set up, the later files of its feed wait
        for the next run: order comes first.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync") as syncer:
            while queue := in_turn(self.queues, partial(self._pause, meanwhile)):
                if queue.looks:
                    self._take_in(queue, *next(iter(queue.looks.items())))
                else:
                    self._land_next(queue, syncer)
                self._end_renamings(one for one in self.renamings if one.future.done())
                queue.fetch_ahead(self.settings.spool, self.keyrings, self.report.errors, self.progress)
        if wait([one.future for one in self.renamings], PATIENCE).not_done:
            self._pause(meanwhile, [])
        self._end_renamings(self.renamings)

    def _pause(self, meanwhile: Callable[[], None], waiting: Sequence[Queue]) -> None:
        """Before what is slow is waited for: close the database, and have built what others have landed."""
        self.store.release()
        if self.has_landed - set(waiting):
            self.has_landed.clear()
            meanwhile()

    def _take_in(self, queue: Queue, lane: Lane, look: Future[list[Listing]]) -> None:
        """The new files of the chosen feeds on a connection; what no feed takes goes into the report."""
        del queue.looks[lane]
        try:
            with confined(f"connection {lane.name}"):
                for listing in look.result():
                    queue.files += self._new_files(lane, listing)
        except MusterError as error:
            self._give_up(self._chosen_of(lane.name), error)
        queue.sort()

    def _new_files(self, lane: Lane, listing: Listing) -> list[NewFile]:
        """The new files of one directory."""
        here = [feed for feed in self._chosen_of(lane.name) if feed.config.directory == listing.directory]
        if listing.fault:
            self._give_up(here, listing.fault)
            return []
        found: list[NewFile] = []
        look, known = listing.look, last_versions(self.database, [feed.name for feed in here])
        marked = {(one.feed.name, one.delivery): at.modified_at for one, at in look.recognised if one.role == "marker"}
        for arrival, file in look.recognised:
            if arrival.feed not in here:
                continue
            version = known.get((arrival.feed.name, arrival.path))
            if version and version.is_still(file):
                self._acknowledge(NewFile(arrival, file, lane), version.file_id, is_refused=version.was_refused)
            elif file.modified_at <= marked.get((arrival.feed.name, arrival.delivery), datetime.min):
                # its partner says that it is complete; what has been written since is a later part, or version
                found.append(NewFile(arrival, file, lane))
            else:
                settled = settles_at(file, lane.connection, listing.listed_at, listing.now)
                found.append(NewFile(arrival, file, lane, settled))
        self.report.unrecognised += [(lane.name, path, reason) for path, reason in look.unrecognised]
        if note_unrecognised(self.database, lane.name, look.unrecognised):
            self.change()
        names = {feed.name for feed in here}
        renamed = [(feed, path) for feed, path in look.renamed if feed in names]
        self.report.never_landed += [(lane.name, path) for feed, path in renamed if (feed, path) not in known]
        return found

    def _land_next(self, queue: Queue, syncer: ThreadPoolExecutor) -> None:
        """Land the first file of the queue, which has been fetched."""
        from loaders.landing import land_file  # noqa: F401  # its libraries load while the first file comes

        file = queue.files.pop(0)
        try:
            with confined(file.arrival.path):
                assert file.fetched is not None
                fetched = file.fetched.result()
                archive(self.settings, fetched.path, fetched.sha256)
                on_disk = syncer.submit(sync, fetched.path)  # while it is parsed
                if landed := self.land_one(file.arrival, fetched, on_disk.result):
                    self.has_landed.add(queue)
                    self._acknowledge(file, landed.file_id, is_refused=landed.refusal_code is not None)
        except FileVanishedError as error:
            self.report.vanished.append(str(error))
        except MusterError as error:  # where the connection is gone its other feeds need not try
            is_gone = file.fetched and file.fetched.exception() is error and not isinstance(error, OF_ONE_FILE)
            self._give_up(self._chosen_of(file.lane.name) if is_gone else [file.arrival.feed], error)

    def _chosen_of(self, connection: str) -> list[Feed]:
        return [feed for feed in self.chosen if feed.config.connection == connection]

    def _give_up(self, feeds: Iterable[Feed], error: MusterError) -> None:
        self.report.errors |= {feed.name: error for feed in feeds}

    def land_one(self, arrival: Arrival, fetched: Fetched, until_kept: Callable[[], None]) -> Landed | None:
        """Land a file that is in the archive; one that cannot be decrypted as we are set up stops its feed: None.

        `until_kept` returns when the archive has it for good.
        """
        from loaders.landing.land_file import FileLanding

        self.change()
        landing = FileLanding(self.database, arrival, fetched.path, fetched.sha256, self.keyrings, fetched.decoded)
        landed: Landed | None = None
        try:
            landed = landing.land(until_kept)
            self.journal.catch_up(self.database)
            self.report.landed.append(landed)
        except ConfigurationError as error:
            self._give_up([arrival.feed], error)
            until_kept()
        fetched.remove()
        return landed

    def _acknowledge(self, file: NewFile, file_id: int, *, is_refused: bool) -> None:
        """Have the feed's suffix appended on the server, after the commit (B5, C102)."""
        config = file.arrival.feed.config
        if config.done_suffix is not None and file.arrival.role == "data":
            suffix = config.refused_suffix if is_refused else config.done_suffix
            self.renamings.append(Renaming.begun(self.database, file, file_id, suffix))

    def _end_renamings(self, renamings: Iterable[Renaming]) -> None:
        """Write down what became of files that were to get their suffix, once it is known."""
        for one in list(renamings):
            self.renamings.remove(one)
            try:
                if fault := one.ended(self.database):
                    self.report.not_renamed.append(fault)
                self.journal.note_rename(self.database, one.file_id)
            except MusterError as error:
                self._give_up([one.file.arrival.feed], error)

    def close_deliveries(self) -> None:
        """Close what waits for nothing any more, of the feeds whose files this run has listed (C81)."""
        asked = [feed for feed in self.chosen if feed.name not in self.report.errors]
        self.report.closed = close_quiet(self.database, asked, before_it=self.change)
        self.report.closed += release_where_nothing_waits(self.database, asked, before_it=self.change)
        self.journal.catch_up(self.database)

    def note_pickups(self) -> None:
        """Write down for each chosen feed that it was picked up, and whether all went well: schedules count from it."""
        for feed in self.chosen:
            landed_count = sum(one.feed == feed.name for one in self.report.landed)
            note_pickup(self.database, feed.name, self.started_at, landed_count, self.report.errors.get(feed.name))
