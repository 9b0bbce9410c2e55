"""One connection of a run, worked by a thread of its own: a slow partner delays nobody else (C113)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from loaders.config.connections import Connection
from loaders.transport.interface import Remote
from loaders.transport.opening import open_remote

_GRACE = 2.0
"""For how many seconds the end of a run waits for the connections that it closes."""

_T = TypeVar("_T")


class Lane:
    """What is to be done on one connection, one after the other in the order in which it is asked for.

    Its thread is a daemon: the end of the process does not wait for a server.
    """

    def __init__(self, name: str, connection: Connection) -> None:
        """Start the thread; nothing is connected before `remote` is entered, which is work like any other."""
        self.name, self.connection = name, connection
        self.remote: Remote = open_remote(connection)
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=f"connection {name}", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[], _T]) -> Future[_T]:
        """Have the work done when all that was asked for before is done."""
        future: Future[_T] = Future()
        self._work.put((future, work))
        return future

    def end(self) -> None:
        """Break off what is under way, and disconnect."""
        self._work.put(None)
        self.remote.abort()

    def join(self, timeout: float) -> None:
        """Wait until its thread has ended, but only so many seconds."""
        self._thread.join(max(0, timeout))

    def _serve(self) -> None:
        while task := self._work.get():
            future, work = task
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)


def close(lanes: Iterable[Lane]) -> None:
    """End all of them; none is waited for long."""
    lanes = list(lanes)
    for lane in lanes:
        lane.end()
    until = monotonic() + _GRACE
    for lane in lanes:
        lane.join(until - monotonic())
