"""Muster's rules, row by row and one log entry after the other: slow, plain, and of no code of Muster's.

Written from docs/semantics.md alone; the numbers in comments are its sections. State changes the moment an
entry lands, so there are no runs here: what the real system computes in any cut of the log must equal this.
"""

from __future__ import annotations

import copy
import gzip
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from .contacts import PROJECT_RULES, Contacts, RuleLine, Untouched
from .declared import Feed, Name, Request, Row
from .events import Timeline, linked_outcome
from .exports import FEEDS
from .files import (
    Delivery,
    Dropped,
    File,
    Found,
    contact_of_linked,
    job_row,
    judge_alone,
    reject_every_line,
    rows_of_contacts,
    without_duplicates,
)
from .identities import Identities
from .memberships import NEVER, Memberships
from .reading import read_file, read_name
from .subscriptions import Subscriptions

MAX_AHEAD = timedelta(hours=26)
DISCARD = "discard"
"""The folder of what is no file, but a decision to do without one (1)."""
Place = tuple[datetime, bool, int, bool, str]
"""Of a file in a run."""
Tables = dict[str, set[tuple[object, ...]]]
"""Table name to rows; the first column of every row is its tenant."""


class Interpreter:
    """Feed it the log with `land` and `close`; `tables` is the state after the last entry."""

    def __init__(
        self, feeds: Iterable[Feed] = FEEDS, owned: Iterable[str] = (), rules: Iterable[RuleLine] = PROJECT_RULES
    ) -> None:
        """`owned`: the segments from which a list removes only those whom its own feed brought in (8)."""
        self.feeds = tuple(feeds)
        self.now = datetime.now(UTC)
        """When all files are landed."""
        self.log_id = 0
        self.files: list[File] = []
        self.versions: dict[tuple[str, str], File] = {}
        self.deliveries: dict[tuple[str, Name], Delivery] = {}
        self.refused: dict[tuple[str, str], File] = {}
        """By feed and path, where later files wait: the last version, if it is refused and nobody has decided."""
        self.behind: list[File] = []
        """Those that wait."""
        self.identities = Identities()
        self.contacts = Contacts(rules)
        self.timeline = Timeline()
        self.memberships = Memberships(owned)
        self.subscriptions = Subscriptions()
        self.segment_ids: dict[tuple[str, str], tuple[str, int, int, int]] = {}
        """Of a tenant and an id of a segment: its name, and where it was learnt (8)."""
        self.newest_of_feed: dict[tuple[str, str], datetime] = {}
        self.held: dict[tuple[int, str], tuple[str, str, str, int, int]] = {}
        """Of an entry and segment: tenant, feed, why, and the first line that names it."""

    # 1. The log

    def land(self, dropped: Iterable[Dropped]) -> None:
        """One run: the new and changed files of all feeds, in whatever order; then the imports, in theirs."""
        found: list[tuple[Place, Feed, str, Name, bytes]] = []
        files = list(dropped)
        for file in files:
            if file.request:
                continue
            for position, feed in enumerate(self.feeds):
                name = read_name(feed, file.name, file.mtime) if file.directory == feed.directory else None
                if name is not None:
                    place = (name.sent_at, False, position, name.is_marker, file.name)
                    found.append((place, feed, file.name, name, file.data))
        roots = {(feed.name, name.tenant): name.sent_at for _, feed, _, name, _ in found if feed.root == feed.name}
        for number, (place, feed, path, name, data) in enumerate(found):
            if feed.is_fixed and feed.root != feed.name:  # behind its root
                sent_at = max(name.sent_at, roots.get((feed.root, name.tenant), name.sent_at))
                found[number] = ((sent_at, True, *place[2:]), feed, path, name, data)
        for _, feed, path, name, data in sorted(found, key=lambda entry: entry[0]):
            self._land_one(feed, path, name, data)
        for file in files:
            if file.request:
                feed = next(feed for feed in self.feeds if feed.imports)
                name = read_name(feed, file.name)
                assert name is not None
                self._land_one(feed, file.name, name, file.data, file.request)

        for file in files:
            if file.directory == DISCARD:
                self._discard(file.name)

    def close(self, feed: Feed, name: Name) -> None:
        """The decision that the numbered delivery to which a file of this name belongs is complete."""
        self.log_id += 1
        delivery = self.deliveries[_delivery_key(feed, name)]
        if feed.parts == "quiet" and delivery.is_numbered:
            self._apply(delivery, self.log_id)

    def _land_one(self, feed: Feed, path: str, name: Name, data: bytes, request: Request | None = None) -> None:
        self.log_id += 1
        file = File(self.log_id, feed, path, name, data, request)
        self.files.append(file)
        before = self.versions.get((feed.name, path))
        if before is not None and (before.data, before.request) == (data, request):
            file.status = "duplicate"
            others = [self._version_count(one, name) for one in self.feeds if feed.is_fixed and one.root == feed.root]
            if self._version_count(feed, name) >= max(others, default=0):
                return
            file.status = "waiting"  # it belongs to the version that the other file has more
        self.versions[feed.name, path] = file
        if not name.is_marker:
            text = gzip.decompress(data) if path.endswith(".gz") else data
            file.refusal, file.rows = read_file(feed, name, text, request)
            judge_alone(file)
        self._deliver(file)

    # 2. Deliveries

    def _deliver(self, file: File) -> None:
        """Puts the file into its delivery, and applies that if this entry completes or re-opens it."""
        feed, name = file.feed, file.name
        if feed.root:
            self._link(file)
            return
        parted = self.deliveries.setdefault(_delivery_key(feed, name), Delivery())
        if name.is_marker:
            parted.has_marker = True
        elif feed.parts and parted.is_numbered is None:
            parted.is_numbered = name.part is not None
        if feed.parts and not name.is_marker and parted.is_numbered != (name.part is not None):
            file.status, file.code = "rejected", "part_number_conflict"
            reject_every_line(file)
        elif not name.is_marker and not parted.is_numbered:
            if feed.commands:
                self._take_turn(file)
            if not self._waits(file):
                self._apply_alone(file)
            if feed.commands:
                self._release()
        elif parted.is_numbered:
            if not name.is_marker:
                parted.add(file)
                file.code = file.fatal_code
            elif parted.was_applied:
                return
            enough = feed.parts == "count" and len(parted.latest) >= feed.part_count
            if enough or (feed.parts == "marker" and parted.has_marker):
                self._apply(parted, self.log_id)

    def _apply_alone(self, file: File) -> None:
        alone = Delivery()
        alone.add(file)
        self._apply(alone, self.log_id)

    def _take_turn(self, file: File) -> None:
        """(1) Commands wait behind a file that was refused, until it comes right or is discarded."""
        if file.refusal:
            self.refused[file.feed.name, file.path] = file
            return
        self.refused.pop((file.feed.name, file.path), None)
        if any(_turn(one) < _turn(file) for one in self.refused.values() if _is_alike(one, file)):
            file.code = "behind_refused"
            self.behind.append(file)

    def _waits(self, file: File) -> bool:
        return any(one is file for one in self.behind)

    def _release(self) -> None:
        for file in sorted(self.behind, key=_turn):
            if not any(_turn(one) < _turn(file) for one in self.refused.values() if _is_alike(one, file)):
                self.behind = [one for one in self.behind if one is not file]
                self.log_id += 1
                self._apply_alone(file)

    def _discard(self, path: str) -> None:
        """(1) The decision to do without a refused file."""
        found = [key for key in self.refused if key[1] == path]
        for key in found:
            del self.refused[key]
            self.log_id += 1
            self._release()

    def _link(self, file: File) -> None:
        """(11) One path of each feed whose names hold the same; where they hold nothing, version by version."""
        name = Name(file.name.tenant, file.name.sent_at, wildcard=file.name.wildcard)
        if file.feed.is_fixed:
            name = Name(file.name.tenant, NEVER, version=self._version_count(file.feed, file.name))
        delivery = self.deliveries.setdefault((file.feed.root, name), Delivery(is_numbered=True))
        if delivery.first_paths.setdefault(file.feed.name, file.path) != file.path:
            file.status, file.code = "rejected", "name_not_unique"
            reject_every_line(file)
            return
        delivery.add(file)
        file.code = file.fatal_code
        if len(delivery.first_paths) == sum(feed.root == file.feed.root for feed in self.feeds):
            self._apply(delivery, self.log_id)

    def _version_count(self, feed: Feed, name: Name) -> int:
        """How many versions of its file the feed has, which has one name per tenant."""
        same = [f for f in self.files if f.feed == feed and f.name.tenant == name.tenant]
        return sum(file.status != "duplicate" for file in same)

    def _apply(self, delivery: Delivery, log_id: int) -> None:
        """One application: what breaks a limit when it is tried is held when it is done (X6)."""
        held: dict[str, str] = {}
        first = next(iter(delivery.latest.values()))
        while first.feed.complete or (first.request and first.request.wish.get("clear")):
            trial = self._copy(first.name.tenant)
            trial.subscriptions = copy.deepcopy(self.subscriptions) if first.request else self.subscriptions
            trial._apply_but(delivery.copied(), log_id, held)
            broken = trial.memberships.broken_limits(log_id)
            found = {key: segment for key, segment in broken.items() if segment not in held}
            if not found:
                break
            self.memberships.effects |= {key: trial.memberships.effects[key] for key in found}
            held |= {segment: str(trial.memberships.effects[key].code) for key, segment in found.items()}
        self._apply_but(delivery, log_id, held)

    def _copy(self, tenant: str) -> Interpreter:
        """One on which lists of the tenant can be tried: what they change of contacts is not looked at."""
        trial = copy.copy(self)
        trial.identities = self.identities.copied()
        trial.contacts = Untouched(self.contacts)
        trial.memberships = self.memberships.copied(tenant)
        trial.held, trial.newest_of_feed = dict(self.held), dict(self.newest_of_feed)
        return trial

    def _apply_but(self, delivery: Delivery, log_id: int, guarded: dict[str, str]) -> None:
        """The verdict, and if it is `applied`, everything that follows from it, but for the lists that are held."""
        delivery.was_applied = True
        files = sorted(delivery.latest.values(), key=lambda file: file.file_id)
        first = next(file for file in files if file.feed.root in ("", file.feed.name))
        feed, tenant, sent_at = first.feed, first.name.tenant, max(f.name.sent_at for f in delivery.files)
        rows = [(file, row) for file in files if file.feed == feed for row in file.rows]
        fatal = next((file.fatal_code for file in files if file.fatal_code), None)
        is_ahead = any(file.name.sent_at > self.now + MAX_AHEAD for file in files)
        self._name_segments(tenant, rows, log_id, teaches=fatal is None and not is_ahead)
        named = {row.segment for _, row in rows if row.segment is not None}
        if first.name.segment is not None:
            named.add(first.name.segment)
        valid = {row.segment for _, row in rows if row.code is None}
        request = first.request
        replaces = bool(request.wish.get("clear")) if request else feed.complete
        bad = {row.segment for _, row in rows if row.code and not row.is_filtered}
        unfit = {s for s in named - valid if replaces and (s in bad or not feed.allow_empty)}
        named -= unfit | guarded.keys()
        superseded = {s for s in named if sent_at < self.memberships.newest(tenant, s, additions=replaces)}
        if feed.commands:
            superseded = set()

        verdict, code = "applied", None
        if fatal is not None:
            verdict, code = ("held", "rejected_part") if delivery.is_numbered else ("rejected", fatal)
        elif is_ahead:
            verdict, code = "held", "too_far_ahead"
        elif any(row.code and not row.is_filtered for _, row in rows) and not any(row.code is None for _, row in rows):
            verdict, code = "held", "no_valid_row"
        elif replaces and not named and (guarded or not feed.allow_empty):
            verdict, code = "held", min(guarded.values(), default="empty_list")
        elif (replaces or request) and named and named == superseded:
            verdict = "superseded"
        for file in files:
            if verdict != "applied" and file.was_applied:
                continue  # what a job did stays
            judge_alone(file)
            file.was_applied = verdict == "applied"
            file.status = verdict
            file.code = file.fatal_code or code
        if verdict == "rejected":
            reject_every_line(first)
        if verdict != "applied":
            return

        self._hold(tenant, log_id, files, [(f, row) for f, row in rows if row.segment in unfit])
        for segment, broken in guarded.items():
            line = next((f, row) for f, row in rows if row.segment == segment)
            self.held[log_id, segment] = (tenant, feed.name, broken, line[0].file_id, line[1].line)
            for told in files:
                told.code = "held_segment"
        is_late = sent_at < self.newest_of_feed.get((feed.name, tenant), NEVER)
        self.newest_of_feed[feed.name, tenant] = max(sent_at, self.newest_of_feed.get((feed.name, tenant), NEVER))
        without_effect = superseded | guarded.keys()
        live = [(file, row) for file, row in rows if row.code is None and row.segment not in without_effect]
        found = self._identify(feed, tenant, live)
        accepted = without_duplicates(feed, found)
        if feed.kind == "events":
            accepted = self._tell(tenant, accepted, delivery, log_id, sent_at)
        if feed.root and feed.kind != "events":
            accepted = self._count_once(first, [file for file in files if file.feed != feed], found, accepted, delivery)
        for contact, own in rows_of_contacts([] if feed.subscribers_only else accepted).items():
            done, by = self.contacts.take(contact, feed, own, log_id, sent_at, is_late=is_late)
            by.counts["created"] += done == "created"
            by.counts["updated"] += done == "updated"
            if feed.root and feed.kind != "events":
                first.counts["unchanged"] -= done is not None
            else:
                by.counts["unchanged"] += done is None and feed.kind in ("profiles", "groups")
        if feed.kind == "events":
            self._judge_linked(tenant, first, [file for file in files if file.feed != feed], delivery)
        for file, row, contact in accepted:
            if row.command is not None and row.segment is not None:
                self.memberships.command(
                    tenant, row.segment, contact, row.command, feed, (log_id, file, row.line), sent_at
                )
        if request:
            self._import(tenant, request, accepted, log_id, sent_at)
        if request and not replaces:
            for segment in named:
                self.memberships.add(tenant, segment, accepted, sent_at, log_id)
        if replaces:
            for segment in named - superseded:
                listed = {contact: (f, row) for f, row, contact in accepted if row.segment == segment}
                about = [(f, row) for f, row in rows if segment in (row.segment, first.name.segment)]
                rejected = sum(f.outcomes[row.line][0] == "rejected" for f, row in about)
                self.memberships.replace(
                    tenant, segment, listed, sent_at, log_id, files[-1], lines=(len(about), rejected)
                )

    def _name_segments(self, tenant: str, rows: list[tuple[File, Row]], log_id: int, *, teaches: bool) -> None:
        """(M4) An id means what a command before has named by it; another name beside it is a contradiction."""
        for file, row in rows:
            if row.segment_id is None or row.code not in (None, "segment_mismatch"):
                continue
            known = self.segment_ids.get((tenant, row.segment_id))
            if not row.is_named:
                row.segment = known[0] if known else row.segment_id
            elif known:
                row.code = None if row.segment == known[0] else "segment_mismatch"
            elif teaches and row.segment is not None:
                self.segment_ids[tenant, row.segment_id] = (row.segment, log_id, file.file_id, row.line)

    def _hold(self, tenant: str, log_id: int, files: list[File], rows: list[tuple[File, Row]]) -> None:
        """The lists without a valid row of segments that were there before."""
        for file, row in reversed(rows):
            assert row.segment is not None
            if (tenant, row.segment) in self.memberships.members:
                self.held[log_id, row.segment] = (tenant, file.feed.name, "no_valid_row", file.file_id, row.line)
                for told in files:
                    told.code = "held_segment"

    # 4. Identity

    def _identify(self, feed: Feed, tenant: str, rows: list[tuple[File, Row]]) -> list[tuple[File, Row, int]]:
        """The rows that have a contact; the outcome of the others is set."""
        found = []
        for file, row in rows:
            keys = [(tenant, kind, value) for kind, value in row.identifiers]
            contact, is_conflict = self.identities.who(keys)
            if is_conflict:
                file.outcomes[row.line] = ("rejected", "identity_conflict")
                continue
            if feed.subscribers_only:
                opt_in = None if contact is None else self.contacts.values(contact).get("opt_in_status")
                if contact is None or not self.subscriptions.is_opted_in(contact, opt_in):
                    file.outcomes[row.line] = ("ignored", None)
                    continue
            else:
                if contact is None and not feed.creates_contacts:
                    file.outcomes[row.line] = ("ignored", None)
                    continue
                if contact is None:
                    contact = file.file_id * 2**32 + row.line
                    self.contacts.tenants[contact] = tenant
                self.identities.attach(contact, keys, file.file_id, row.line)
            assert contact is not None
            found.append((file, row, contact))
        return found

    # 10, 11. Events and linked files

    def _tell(
        self, tenant: str, found: list[tuple[File, Row, int]], delivery: Delivery, log_id: int, sent_at: datetime
    ) -> list[tuple[File, Row, int]]:
        """The rows that tell of an event of their delivery; the outcome of the others is set."""
        accepted = []
        for file, row, contact in found:
            if self.timeline.tell(tenant, contact, file, row, delivery, log_id, sent_at):
                accepted.append((file, row, contact))
            else:
                file.outcomes[row.line] = ("duplicate", None)
        return accepted

    def _judge_linked(self, tenant: str, root: File, linked: list[File], delivery: Delivery) -> None:
        roots = [(row, root.outcomes[row.line][0]) for row in root.rows]
        for file in linked:
            for row in file.rows:
                if row.code:
                    continue
                file.outcomes[row.line] = linked_outcome(row, roots)
                for told, outcome in roots:
                    if told.link == row.link and outcome == "accepted":
                        self.timeline.nest(tenant, told, row, file)
                if self.timeline.has(row, file, delivery):  # also where this version of the root leaves it out
                    file.outcomes[row.line] = ("accepted", None)

    def _count_once(
        self, root: File, linked: list[File], found: list[Found], accepted: list[Found], delivery: Delivery
    ) -> list[Found]:
        """The rows that no earlier application told of: those of the root, then those that are linked to them."""
        counting = list(accepted)
        for file in linked:
            for row in file.rows:
                if row.code is None:
                    file.outcomes[row.line], contact = contact_of_linked(row, root, found)
                    if contact is not None:
                        counting.append((file, row, contact))
        for file in (root, *linked):
            for row in file.rows:
                if (file.file_id, row.line) in delivery.told and file.outcomes[row.line][0] != "duplicate":
                    file.outcomes[row.line] = ("accepted", None)
        new = [(f, row, contact) for f, row, contact in counting if (f.file_id, row.line) not in delivery.told]
        delivery.told |= {(file.file_id, row.line) for file, row, _ in [*found, *counting]}
        lines = sum(outcome == "accepted" for outcome, _ in root.outcomes.values())
        root.counts["unchanged"] = lines - len(accepted) + len({contact for *_, contact in accepted})
        return new

    # 9. Imports

    def _import(
        self,
        tenant: str,
        request: Request,
        accepted: list[tuple[File, Row, int]],
        log_id: int,
        sent_at: datetime,
    ) -> None:
        for file, row, contact in accepted:
            publication = request.wish.get("publication") or file.name.segment
            assert publication is not None
            key = (tenant, publication, contact)
            for done in self.subscriptions.take(key, row, request, log_id, sent_at):
                file.counts[f"{done}_subscription"] += 1

    # The answer

    def tables(self) -> Tables:
        """The marts, as sets of tuples."""
        data_files = [file for file in self.files if not file.name.is_marker]
        groups = {
            contact: (kind.removeprefix("group:"), value)
            for (_, kind, value), contact in self.identities.owners.items()
            if kind.startswith("group:")
        }
        dropped: set[tuple[object, ...]] = {
            (file.name.tenant, file.file_id, row.line, column, code)
            for file in data_files
            for row in file.rows
            if file.outcomes.get(row.line, ("rejected", None))[0] not in ("rejected", "filtered")
            for column, code in [*row.dropped, *self._unread(file, row)]
        }
        shared_counts = Counter(file_id for _, file_id, _ in self.identities.shared.values())
        dropped_counts = Counter(file_id for _, file_id, *_ in dropped)
        return {
            "contact_identifiers": {(*key, contact) for key, contact in self.identities.owners.items()},
            "shared_identifiers": {(*key, contact, *told) for (key, contact), told in self.identities.shared.items()},
            **self.contacts.tables(groups),
            **self.timeline.tables(),
            "files": {(f.name.tenant, f.file_id, f.feed.name, f.path) for f in self.files},
            **self.subscriptions.tables(),
            "segment_ids": {(*key, *learnt) for key, learnt in self.segment_ids.items()},
            **self.memberships.tables(),
            "list_effects": {(*key, *effect) for key, effect in self.memberships.effects.items()},
            "held_lists": {(place[0], *key, *place[1:]) for key, place in self.held.items()},
            "import_jobs": {
                job_row(file, dropped_counts[file.file_id], shared_counts[file.file_id]) for file in data_files
            },
            "dropped_cells": dropped,
            "rejected_rows": {
                (file.name.tenant, file.file_id, line, code)
                for file in data_files
                for line, (outcome, code) in file.outcomes.items()
                if outcome == "rejected"
            },
        }

    def _unread(self, file: File, row: Row) -> list[tuple[str, str]]:
        """(X10) The cells of a row that are no values of their properties."""
        if "events" in (file.feed.kind, file.feed.linked_to) or file.feed.commands or not file.feed.header:
            return []
        return self.contacts.rules.dropped(file.feed.as_root, row.properties)


def _turn(file: File) -> tuple[datetime, int]:
    return file.name.sent_at, file.file_id


def _is_alike(one: File, other: File) -> bool:
    return (one.feed.name, one.name.tenant) == (other.feed.name, other.name.tenant)


def _delivery_key(feed: Feed, name: Name) -> tuple[str, Name]:
    return feed.name, Name(name.tenant, name.sent_at, name.segment)
