"""A file that has not landed yet, on its way."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from time import sleep

from loaders.errors import ResourceError
from loaders.landing.arrival import Arrival
from loaders.landing.decoding import Decoded
from loaders.landing.keyrings import Keyrings
from loaders.landing.lane import Lane
from loaders.landing.report import Progress
from loaders.landing.settling import seconds_left
from loaders.transport.interface import FileProblemError, RemoteFile

OF_ONE_FILE = (FileProblemError, ResourceError)
"""What may be in the way of one file, and not of others on its connection."""


@dataclass(frozen=True)
class Fetched:
    """The bytes of a file in the spool, and what they hold."""

    path: Path
    sha256: str
    decoded: Decoded | None = None

    def remove(self) -> None:
        """Nobody needs them any more."""
        if self.decoded:
            self.decoded.close()
        self.path.unlink()


@dataclass(eq=False)
class NewFile:
    """A file that has not landed, and the connection that has it."""

    arrival: Arrival
    file: RemoteFile
    lane: Lane
    settles_at: float = 0
    """When (`time.monotonic`) it has stood still for long enough to be fetched (C01)."""
    fetched: Future[Fetched] | None = None
    """Its bytes, once it has been asked for."""
    place: tuple[object, ...] = ()
    """Its place in the order of files."""

    @property
    def is_settled(self) -> bool:
        """Whether it may be fetched at once."""
        return seconds_left(self.settles_at) <= 0

    def ask_for(self, spool: Path, keyrings: Keyrings, progress: Progress) -> None:
        """Have its connection fetch it into the spool, as soon as it is settled, and decode it there."""
        if self.fetched is None:
            self.fetched = self.lane.submit(lambda: self._fetch(spool / f"{id(self)}.part", keyrings, progress))

    def _fetch(self, target: Path, keyrings: Keyrings, progress: Progress) -> Fetched:
        path, size = self.arrival.path, self.file.size
        while (seconds := seconds_left(self.settles_at)) > 0:
            progress(path, 0, size)
            sleep(seconds)
        if size > (free := disk_usage(target.parent).free):
            raise ResourceError(
                f"{path}: has {size} bytes, and {target.parent} has {free} left: it waits for room there"
            )
        directory = self.arrival.feed.config.directory
        sha256 = self.lane.remote.fetch(directory, self.file, target, lambda done: progress(path, done, size))
        if self.arrival.role != "data":
            return Fetched(target, sha256)
        return Fetched(target, sha256, Decoded(keyrings, target, self.arrival.feed, path))
