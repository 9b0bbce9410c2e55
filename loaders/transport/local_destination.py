"""Files sent to a folder of this machine: copied, on disk, then renamed in one step."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loaders.transport.interface import FileVanishedError, RemoteFile, SendRefusedError, TargetExistsError, utc
from loaders.transport.local_folder import LocalFolder


class LocalDestination(LocalFolder):
    """A folder to which files are sent (see Destination)."""

    def send(self, directory: str, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """See Destination.send."""
        path = self._path(directory, name)
        with _refusals(path):
            try:
                with source.open("rb") as read, path.open("wb") as written:
                    shutil.copyfileobj(read, written, 1 << 20)
                    written.flush()
                    os.fsync(written.fileno())
                    size = os.fstat(read.fileno()).st_size
                if path.stat().st_size != size:
                    raise SendRefusedError(f"{path}: {size} bytes were written, and there are {path.stat().st_size}")
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        progress(size)

    def find(self, directory: str, name: str) -> RemoteFile | None:
        """See Destination.find."""
        path = self._path(directory, name)
        with _refusals(path):
            try:
                seen = path.lstat()
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(seen.st_mode):
            raise SendRefusedError(f"{path}: this is no regular file")
        return RemoteFile(name, seen.st_size, utc(seen.st_mtime))

    def put_in_place(self, directory: str, part: str, name: str, *, over: bool, allow_gap: bool) -> None:  # noqa: ARG002
        """See Destination.put_in_place; a folder always replaces in one step."""
        old, new = self._path(directory, part), self._path(directory, name)
        with _refusals(new):
            if not os.path.lexists(old):
                raise FileVanishedError(f"{old}: there is no such file")
            if over:
                old.replace(new)
            else:
                _link(old, new)
                old.unlink()
            folder = os.open(new.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def remove(self, directory: str, name: str) -> None:
        """See Destination.remove."""
        path = self._path(directory, name)
        with _refusals(path):
            path.unlink(missing_ok=True)


def _link(old: Path, new: Path) -> None:
    """Give a file a second name, never over another. One that it has already was given by a run that died then."""
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        if not os.path.samestat(old.lstat(), new.lstat()):
            raise TargetExistsError(f"{new}: exists already, and is not replaced") from None


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise SendRefusedError(f"{path}: {fault.strerror or fault}") from fault
