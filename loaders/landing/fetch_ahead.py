"""New files fetched in their order, the next one while one is landed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from loaders.landing.arrival import Arrival
from loaders.landing.report import Progress
from loaders.landing.settling import seconds_left
from loaders.transport.interface import Remote, RemoteFile

_AHEAD = 1
"""How many files are fetched before their turn: each of them lies in the spool."""


@dataclass(frozen=True)
class NewFile:
    """A file that has not landed, and the remote that has it."""

    arrival: Arrival
    file: RemoteFile
    remote: Remote
    settles_at: float = 0
    """When (`time.monotonic`) it has stood still for long enough to be fetched (C01)."""

    @property
    def is_settled(self) -> bool:
        """Whether it may be fetched at once."""
        return seconds_left(self.settles_at) <= 0

    def settle(self, progress: Progress) -> None:
        """Return when it may be fetched."""
        while (seconds := seconds_left(self.settles_at)) > 0:
            progress(self.arrival.path, 0, self.file.size)
            sleep(seconds)

    def fetch(self, target: Path, progress: Progress) -> Fetched:
        """Write the file to `target`; raises as `Remote.fetch` does."""
        path, size = self.arrival.path, self.file.size
        directory = self.arrival.feed.config.directory
        return Fetched(target, self.remote.fetch(directory, self.file, target, lambda done: progress(path, done, size)))


@dataclass(frozen=True)
class Fetched:
    """The bytes of a file in the spool."""

    path: Path
    sha256: str


def fetched_ahead(
    fetcher: Executor, files: Sequence[NewFile], spool: Path, is_given_up: Callable[[NewFile], bool], progress: Progress
) -> Iterator[tuple[NewFile, Callable[[], Fetched]]]:
    """Each file in its order, and the call that returns when it is fetched, or raises as fetching it did.

    `fetcher` has one thread: a remote does one thing at a time. A file that is given up when its turn comes is left
    out; `is_given_up` is asked again before every fetch. One that may be on its way is waited for, by the caller.
    """
    ahead: dict[int, Future[Fetched]] = {}
    for at, file in enumerate(files):
        for soon in range(at, min(at + 1 + _AHEAD, len(files))):
            if soon not in ahead and not is_given_up(files[soon]) and (soon == at or files[soon].is_settled):
                files[soon].settle(progress)
                ahead[soon] = fetcher.submit(files[soon].fetch, spool / f"{soon}.part", progress)
        if not is_given_up(file):
            yield file, ahead.pop(at).result
