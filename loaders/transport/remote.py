"""Where files come from: the one interface over SFTP servers and local folders, and the rules for names.

A listing is hostile data: a name is one safe path component or it is reported and left alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from loaders.errors import MusterError
from loaders.transport.connections import Connection, LocalConnection

MAX_ENTRIES = 200_000

_TEMPORARY = (".part", ".tmp", ".filepart", ".writing")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHELL = frozenset(";$`|<>")


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


@dataclass(frozen=True)
class RemoteFile:
    """A regular file as listed: `size` in bytes, `modified_at` in UTC without tzinfo, to the second."""

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

    def rename(self, directory: str, name: str, new_name: str) -> None:
        """Rename a file within its directory, never over another one.

        Raises TargetExistsError, FileVanishedError or FileForbiddenError.
        """


def open_remote(connection: Connection) -> Remote:
    """The remote of a connection, to be entered as a context manager; only then does it connect."""
    if isinstance(connection, LocalConnection):
        from loaders.transport.local_folder import LocalFolder

        return LocalFolder(connection.path)
    from loaders.transport.sftp import SftpRemote  # paramiko takes 0.2 s to import

    return SftpRemote(connection)


def utc(seconds: float) -> datetime:
    """Seconds since 1970 as a UTC datetime without tzinfo, whole seconds, held within the years 1 to 9999."""
    return datetime(1970, 1, 1) + timedelta(seconds=max(-62_135_596_800, min(int(seconds), 253_402_300_799)))


def printable(raw: bytes) -> str:
    """A name for people and logs: bytes that are not UTF-8 and characters that do not print are escaped."""
    text = raw[:1024].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def safe_name(raw: bytes) -> str:
    """The name as text. Raises ValueError, with the reason, unless it is one safe path component."""
    if len(raw) > 255:
        raise ValueError("the name is longer than 255 bytes")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the name is not UTF-8") from None
    if not name or name in (".", "..") or "/" in name or "\\" in name:
        raise ValueError("the name is not one path component")
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in name):
        raise ValueError("the name holds control characters")
    if _BIDI.intersection(name):
        raise ValueError("the name holds characters that change the direction of text")
    if name.startswith("-") or _SHELL.intersection(name):
        raise ValueError("the name reads as a command")
    return name


def sift(
    entries: Iterator[tuple[bytes, int | None, int | None, int | None]],
) -> tuple[list[RemoteFile], list[Skipped]]:
    """Sort listed entries (name, mode, size, time) into files and skipped ones, both by name.

    Uploads in progress (leading dot, .part, .tmp, .filepart, .writing) and repeated names are dropped.
    """
    files: dict[bytes, RemoteFile] = {}
    skipped: dict[bytes, Skipped] = {}
    for raw, mode, size, modified in entries:
        if raw in (b".", b".."):
            continue
        try:
            name = safe_name(raw)
        except ValueError as fault:
            skipped[raw] = Skipped(printable(raw), str(fault))
            continue
        if name.startswith(".") or name.lower().endswith(_TEMPORARY):
            continue
        if reason := _kind_fault(mode):
            skipped[raw] = Skipped(name, reason)
        elif size is None or modified is None:
            skipped[raw] = Skipped(name, "the server does not state its size and time")
        else:
            files[raw] = RemoteFile(name, size, utc(modified))
    return [files[raw] for raw in sorted(files)], [skipped[raw] for raw in sorted(skipped)]


def _kind_fault(mode: int | None) -> str | None:
    """Why an entry of this mode is not taken, or None for a regular file."""
    if mode is None or stat.S_IFMT(mode) == 0:
        return "the server does not state what it is"
    names = {
        stat.S_IFLNK: "symlink",
        stat.S_IFDIR: "directory",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
    }
    return None if stat.S_ISREG(mode) else names.get(stat.S_IFMT(mode), "device")


class OrderedHash:
    """sha256 of a file whose pieces come in any order: early ones are read back when their turn comes."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is the file that the pieces are written to, opened for reading too."""
        self._digest, self._upto, self._descriptor = hashlib.sha256(), 0, descriptor
        self._early: dict[int, int] = {}

    def add(self, piece: memoryview, offset: int) -> None:
        """Count in a piece that has been written at the byte `offset`."""
        if offset != self._upto:
            self._early[offset] = len(piece)
            return
        self._digest.update(piece)
        self._upto += len(piece)
        while (count := self._early.pop(self._upto, 0)) > 0:
            self._digest.update(os.pread(self._descriptor, count, self._upto))
            self._upto += count

    def hexdigest(self) -> str:
        """The sha256 of all pieces, in hex, once none is missing."""
        return self._digest.hexdigest()


@contextmanager
def new_target(target: Path) -> Iterator[int]:
    """A descriptor that writes `target` anew with mode 0600; on any failure the file is removed."""
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(target, flags, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        yield descriptor
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of `data` at the byte `offset`. Raises OSError (a full disk)."""
    while (done := os.pwrite(descriptor, data, offset)) < len(data):
        data, offset = data[done:], offset + done
