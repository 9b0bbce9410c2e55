"""Where files come from: the one interface over SFTP servers and local folders, and the rules for names.

A listing is hostile data: a name is one safe path component or it is reported and left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from loaders.errors import MusterError


class FileProblemError(MusterError):
    """One file of a listing cannot be had now; nothing of it was kept, and the next run looks at it again."""

    exit_code = 4


class FileChangedError(FileProblemError):
    """The file is still being written: its size or time changed between the listing and the last byte."""


class FileVanishedError(FileProblemError):
    """The file was there when the directory was listed and is gone."""


class FileForbiddenError(FileProblemError):
    """The account may not read or rename the file."""


class TargetExistsError(FileProblemError):
    """A rename was refused because the new name is taken."""


class RenameRefusedError(FileProblemError):
    """The server does not rename, or not this file."""


class SendRefusedError(FileProblemError):
    """The server does not take a file, or not under its name: its disk is full, the account may not write."""

    exit_code = 12


@dataclass(frozen=True)
class RemoteFile:
    """A regular file as listed: `size` in bytes, `modified_at` in UTC without tzinfo; by SFTP, to the second."""

    name: str
    size: int
    modified_at: datetime


@dataclass(frozen=True)
class Skipped:
    """An entry that is not taken: its name, with backslash escapes where it is not plain text, and why."""

    name: str
    reason: str


class Remote(Protocol):
    """A connection, used as a context manager; its methods may be called from several threads, one at a time.

    A directory counts from the connection's root. Every method raises TransportError when the other side
    cannot be reached or breaks off, after it has tried again.
    """

    def __enter__(self) -> Self:
        """Connect. Raises AuthenticationError, HostKeyError, ConfigurationError or TransportError."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""

    def abort(self) -> None:
        """Break off what another thread is doing, which then fails, and disconnect for good; never waits long."""

    def list(self, directory: str) -> tuple[list[RemoteFile], list[Skipped]]:
        """The regular files by name, and what was skipped; names of uploads in progress are left out.

        Raises ConfigurationError when there is no such directory or it may not be read.
        """

    def fetch(
        self,
        directory: str,
        file: RemoteFile,
        target: Path,
        progress: Callable[[int], None],
    ) -> str:
        """Write the whole file to `target` (mode 0600; not synced to disk) and return its sha256 in hex.

        `progress` is told the bytes received so far. `target` is removed on any failure. Raises
        FileChangedError, FileVanishedError or FileForbiddenError, and OSError for a fault of the local disk.
        """

    def rename(self, directory: str, file: RemoteFile, new_name: str) -> None:
        """Rename a file within its directory, if it still has the size and time of the listing, never over another.

        Raises TargetExistsError, FileChangedError, FileVanishedError or FileForbiddenError.
        """


class Destination(Remote, Protocol):
    """A connection to which files are sent: first under a name that nobody looks for, then under their own."""

    def send(self, directory: str, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """Write the whole file `source` to `name`, anew if it is there, and compare its size.

        `progress` is told the bytes written so far. Raises SendRefusedError; what was written of it is removed then.
        """

    def find(self, directory: str, name: str) -> RemoteFile | None:
        """The file of this name, or None if there is none."""

    def put_in_place(self, directory: str, part: str, name: str, *, over: bool, allow_gap: bool) -> None:
        """Give a file that was sent as `part` its own name, in one step; `over` another that has it, or else never.

        `allow_gap`: where the server cannot replace a file in one step, the old one is removed before. Raises
        TargetExistsError, FileVanishedError (there is no `part`), or SendRefusedError.
        """

    def remove(self, directory: str, name: str) -> None:
        """Remove the file of this name, if it is there. Raises SendRefusedError."""


def utc(seconds: float) -> datetime:
    """Seconds since 1970 as a UTC datetime without tzinfo, to the microsecond, held within the years 1 to 9999."""
    return datetime(1970, 1, 1) + timedelta(seconds=max(-62_135_596_800, min(seconds, 253_402_300_799)))
