"""Whose turn it is: files land in their order, but nobody waits long for a connection that is slow (C113)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from loaders.feeds.feed import Feed
from loaders.interrupts import end_if_told
from loaders.landing.finding import Listing
from loaders.landing.keyrings import Keyrings
from loaders.landing.lane import Lane
from loaders.landing.new_file import NewFile
from loaders.landing.report import Progress

PATIENCE = 10.0
"""For how many seconds the files of other connections wait for a file, or a listing, whose turn it is."""

_AHEAD = 1
"""How many files of a queue are fetched before their turn: each of them lies in the spool."""


@dataclass(eq=False)
class Queue:
    """The files of one connection, or of several whose feeds are linked, in one order."""

    lanes: list[Lane] = field(default_factory=list)
    looks: dict[Lane, Future[list[Listing]]] = field(default_factory=dict)
    """What is still being listed."""
    files: list[NewFile] = field(default_factory=list)
    is_slow: bool = False
    """Whether it has been waited for in vain: from then on the others do not wait for it again."""
    _awaited: Future[Any] | None = None
    _since: float = 0

    @property
    def awaited(self) -> Future[Any] | None:
        """What must be there before it can go on; None if it is at its end."""
        first = next(iter(self.looks.values()), self.files[0].fetched if self.files else None)
        if first is not self._awaited:
            self._awaited, self._since = first, monotonic()
        return first

    @property
    def is_ready(self) -> bool:
        """Whether what is awaited is there, be it after a while; for whoever waits, PATIENCE is used up only once."""
        first = self.awaited
        if first is None or first.done() or self.is_slow:
            return first is not None and first.done()
        wait([first], self._since + PATIENCE - monotonic())
        self.is_slow = not first.done()
        return not self.is_slow

    @property
    def place(self) -> tuple[object, ...]:
        """Before whom its turn is: that of its first file (R8); what is being listed may have an earlier one."""
        return (False,) if self.looks else (True, *self.files[0].place)

    def sort(self) -> None:
        """Put the files in the order of their own times (R8).

        A linked file whose name has no time comes behind its root file: whether it has changed is asked then (B10).
        """
        paired = [file.arrival for file in self.files if file.arrival.feed.pairs_versions]
        roots = {arrival.delivery: arrival.sent_at for arrival in paired if arrival.feed.name == arrival.feed.root}
        for file in self.files:
            arrival, sent_at, is_behind = file.arrival, file.arrival.sent_at, False
            if arrival.feed.pairs_versions and arrival.feed.name != arrival.feed.root:
                sent_at, is_behind = max(sent_at, roots.get(arrival.delivery, sent_at)), True
            file.place = (sent_at, is_behind, arrival.feed.position, arrival.role == "marker", arrival.path)
        self.files.sort(key=lambda file: file.place)

    def fetch_ahead(self, spool: Path, keyrings: Keyrings, given_up: Container[str], progress: Progress) -> None:
        """Have the next files fetched, once all is listed: the first one, and those behind it that may be already.

        Those of the feeds that are `given_up` are left.
        """
        if self.looks:
            return
        self.files = [file for file in self.files if file.arrival.feed.name not in given_up]
        for at, file in enumerate(self.files[: 1 + _AHEAD]):
            if at == 0 or file.is_settled:
                file.ask_for(spool, keyrings, progress)


def queues_of(lanes: Mapping[str, Lane], feeds: Sequence[Feed]) -> list[Queue]:
    """The queues of connections (by name): one each, but for those on which there are linked files and their root."""
    queues = {name: Queue([lane]) for name, lane in lanes.items()}
    places: dict[str, str] = {}
    for feed in feeds:
        if feed.root and feed.config.connection in queues:
            one, other = queues[feed.config.connection], queues[places.setdefault(feed.root, feed.config.connection)]
            if one is not other:
                other.lanes += one.lanes
                queues |= {lane.name: other for lane in one.lanes}
    return list(dict.fromkeys(queues.values()))


def in_turn(queues: Iterable[Queue], pause: Callable[[list[Queue]], None]) -> Queue | None:
    """The queue whose turn it is: what it waits for is there. None: all are at their end.

    `pause` is called, with those that are left, before they are waited for without a limit.
    """
    while waiting := [queue for queue in queues if queue.awaited]:
        for queue in sorted(waiting, key=lambda queue: queue.place):
            if queue.is_ready:
                return queue
        end_if_told()
        pause(waiting)
        wait([queue.awaited for queue in waiting if queue.awaited], return_when=FIRST_COMPLETED)
    return None
