"""A landed file gets the feed's suffix on the server, on the connection's own thread (B5, C102)."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import duckdb

from loaders.database import utc_now
from loaders.landing.confined import confined
from loaders.landing.ledger import note_rename, note_renamed
from loaders.landing.new_file import NewFile
from loaders.transport.interface import FileProblemError, TargetExistsError


@dataclass(frozen=True)
class Renaming:
    """One that was asked for."""

    file: NewFile
    file_id: int
    suffix: str
    future: Future[None]

    @classmethod
    def begun(cls, database: duckdb.DuckDBPyConnection, file: NewFile, file_id: int, suffix: str) -> Renaming:
        """Ask for the suffix; that the file is about to get it is written down before.

        A file that then has its name is another one (C80).
        """
        note_rename(database, file_id)
        return cls(file, file_id, suffix, file.lane.submit(lambda: _rename(file, suffix)))

    def ended(self, database: duckdb.DuckDBPyConnection) -> str | None:
        """Wait until it is done, and write it down; why not, if the server or the file is in the way.

        Raises as `Remote.rename` where the connection broke off.
        """
        error = None
        with confined(self.file.arrival.path):
            try:
                self.future.result()
            except FileProblemError as fault:
                error = fault
        note_renamed(database, self.file_id, error)
        name = self.file.file.name + self.suffix
        return f"{self.file.arrival.path}: landed, but not renamed to {name}: {error}" if error else None


def _rename(file: NewFile, suffix: str) -> None:
    """Append the suffix; with the time before it where the name is taken.

    Only the version that was landed gets it: what has come in its place since is for the next run (C100).
    """
    directory, name, remote = file.arrival.feed.config.directory, file.file.name, file.lane.remote
    try:
        remote.rename(directory, file.file, name + suffix)
    except TargetExistsError:
        remote.rename(directory, file.file, f"{name}.{utc_now():%Y%m%d%H%M%S%f}{suffix}")
