"""A folder of this machine, read by the rules of a server."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from loaders.errors import ConfigurationError, TransportError
from loaders.transport.interface import (
    FileChangedError,
    FileForbiddenError,
    FileVanishedError,
    RemoteFile,
    Skipped,
    TargetExistsError,
    utc,
)
from loaders.transport.listing import MAX_ENTRIES, own_name, sift
from loaders.transport.target import new_target, write_at

BLOCK = 1 << 20


class LocalFolder:
    """A folder under the rules of a server: safe names, regular files only, whole or nothing."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder from which the directories of the feeds count."""
        self._root = root
        self._fetched: dict[Path, tuple[int, int, int]] = {}
        """Which state of a file was fetched: only that one is renamed."""

    def __enter__(self) -> Self:
        """Check that the folder is there. Raises ConfigurationError."""
        if not self._root.is_dir():
            raise ConfigurationError(f"{self._root}: no such folder; create it or correct connections.yml")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to release."""

    def abort(self) -> None:
        """Nothing to break off: a copy ends, or the process does."""

    def list(self, directory: str) -> tuple[list[RemoteFile], list[Skipped]]:
        """See Remote.list."""
        try:
            with os.scandir(os.fsencode(self._path(directory))) as entries:
                return sift(self._stated(entries))
        except (FileNotFoundError, NotADirectoryError, PermissionError) as fault:
            raise ConfigurationError(f"{directory}: cannot be listed: {fault.strerror}") from fault

    def fetch(
        self,
        directory: str,
        file: RemoteFile,
        target: Path,
        progress: Callable[[int], None],
    ) -> str:
        """See Remote.fetch."""
        path = self._path(directory, file.name)
        digest, done = hashlib.sha256(), 0
        with _named_faults(path):
            source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(source)
            _same(file, path, before)
            with new_target(target) as descriptor, ThreadPoolExecutor(1) as hasher:
                hashed: Future[None] | None = None
                while block := os.read(source, BLOCK):
                    write_at(descriptor, block, done)
                    if hashed:
                        hashed.result()
                    hashed = hasher.submit(digest.update, block)  # while the next block is read and written
                    done += len(block)
                    progress(done)
                with _named_faults(path):
                    now = path.lstat()
                if done != file.size or any(_version(one) != _version(before) for one in (os.fstat(source), now)):
                    raise FileChangedError(f"{path}: changed while it was read; the next run tries again")
                self._fetched[path] = _version(before)
        finally:
            os.close(source)
        return digest.hexdigest()

    def rename(self, directory: str, file: RemoteFile, new_name: str) -> None:
        """See Remote.rename; the new name appears by a hard link, which cannot overwrite."""
        old, new = self._path(directory, file.name), self._path(directory, new_name)
        with _named_faults(old):
            self._check(file, old, old.lstat())
            try:
                os.link(old, new, follow_symlinks=False)
                try:
                    self._check(file, old, new.lstat())
                except FileChangedError:
                    if old.exists():
                        new.unlink()
                    raise
                if os.path.samestat(old.lstat(), new.lstat()):  # else another file has come in its place
                    old.unlink()
            except FileExistsError:
                raise TargetExistsError(f"{new}: exists already; {old.name} keeps its name") from None
            except OSError as fault:
                if fault.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK) or os.path.lexists(new):
                    raise
                old.rename(new)  # a file system without hard links

    def _check(self, file: RemoteFile, path: Path, seen: os.stat_result) -> None:
        """Raise FileChangedError unless this is the file as it was listed and, if it was, fetched."""
        _same(file, path, seen)
        if self._fetched.get(path, _version(seen)) != _version(seen):
            raise FileChangedError(f"{path}: changed since it was fetched; the next run tries again")

    def _path(self, directory: str, name: str | None = None) -> Path:
        """The place of a directory or a file. Raises ConfigurationError if it leads outside the root."""
        if ".." in Path(directory).parts:
            raise ConfigurationError(f"directory {directory!r}: '..' is not allowed")
        folder = self._root / directory.lstrip("/")
        return folder if name is None else folder / own_name(os.fsencode(name))

    @staticmethod
    def _stated(
        entries: Iterator[os.DirEntry[bytes]],
    ) -> Iterator[tuple[bytes, int | None, int | None, float | None]]:
        """The entries with what lstat says of them; one that has vanished meanwhile is left out."""
        for count, entry in enumerate(entries):
            if count >= MAX_ENTRIES:
                raise TransportError(f"more than {MAX_ENTRIES} entries in one folder")
            try:
                seen = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield entry.name, seen.st_mode, seen.st_size, seen.st_mtime


def _same(file: RemoteFile, path: Path, seen: os.stat_result) -> None:
    """Raise FileChangedError unless this is the file as it was listed."""
    if not stat.S_ISREG(seen.st_mode) or (seen.st_size, utc(seen.st_mtime)) != (file.size, file.modified_at):
        raise FileChangedError(f"{path}: changed since it was listed; the next run tries again")


def _version(seen: os.stat_result) -> tuple[int, int, int]:
    """What tells one state of a file from another."""
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


@contextmanager
def _named_faults(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into those of this module."""
    try:
        yield
    except FileNotFoundError:
        raise FileVanishedError(f"{path}: gone since it was listed") from None
    except PermissionError as fault:
        raise FileForbiddenError(f"{path}: {fault.strerror}; ask its owner for access") from None
    except OSError as fault:
        if fault.errno in (errno.ELOOP, errno.ENXIO):
            raise FileChangedError(f"{path}: is no longer a regular file") from None
        raise
