"""Files sent to an SFTP server: whole and compared under a name of their own, then renamed in one step (G22)."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from loaders.errors import TransportError
from loaders.transport.interface import (
    FileChangedError,
    FileVanishedError,
    RemoteFile,
    SendRefusedError,
    TargetExistsError,
    utc,
)
from loaders.transport.sftp import POSIX_RENAME, SftpRemote, done, is_missing
from loaders.transport.sftp_pipeline import SftpSession
from loaders.transport.sftp_wire import (
    CLOSE,
    EXTENDED,
    FSTAT,
    LSTAT,
    OP_UNSUPPORTED,
    OPEN,
    REMOVE,
    RENAME,
    StatusError,
    attributes,
    opened,
    text,
)

_WRITE_ANEW = 0x02 | 0x08 | 0x10
_T = TypeVar("_T")


class SftpDestination(SftpRemote):
    """A server to which files are sent (see Destination)."""

    def send(self, directory: str, name: str, source: Path, progress: Callable[[int], None]) -> None:
        """See Destination.send; a file that a broken connection leaves behind is written over by the next attempt."""
        path = self._path(directory, name)
        where = self._where(directory, name)

        def sent(session: SftpSession) -> None:
            handle = text(opened(session.ask((OPEN, text(path) + struct.pack(">II", _WRITE_ANEW, 0)))[0]))
            descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
            try:
                session.write(handle, descriptor, progress)
                size = os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
            seen = attributes(session.ask((FSTAT, handle))[0])
            done(session.ask((CLOSE, handle))[0])
            named = attributes(session.ask((LSTAT, text(path)))[0])
            if {seen.size, named.size} != {size}:
                raise FileChangedError(f"{size} bytes were written, and the server has {named.size}")

        try:
            self._attempt(f"send {where}", sent)
        except (StatusError, FileChangedError) as fault:
            with suppress(SendRefusedError, TransportError):
                self.remove(directory, name)
            raise SendRefusedError(f"{where}: the server does not take the file: {fault}") from fault

    def find(self, directory: str, name: str) -> RemoteFile | None:
        """See Destination.find."""
        path = self._path(directory, name)

        def found(session: SftpSession) -> RemoteFile | None:
            reply = session.ask((LSTAT, text(path)))[0]
            if is_missing(reply):
                return None
            seen = attributes(reply)
            if seen.mode is not None and stat.S_IFMT(seen.mode) not in (0, stat.S_IFREG):
                raise SendRefusedError(f"{self._where(directory, name)}: this is no regular file")
            return RemoteFile(name, seen.size or 0, utc(seen.modified or 0))

        return self._refused(directory, name, found)

    def put_in_place(self, directory: str, part: str, name: str, *, over: bool, allow_gap: bool) -> None:
        """See Destination.put_in_place. A rename whose answer was lost is recognised: its part is gone."""
        old, new = self._path(directory, part), self._path(directory, name)
        where = self._where(directory, name)
        asked = False

        def placed(session: SftpSession) -> None:
            nonlocal asked
            before, taken = session.ask((LSTAT, text(old)), (LSTAT, text(new)))
            if is_missing(before):
                if asked:
                    return None
                raise FileVanishedError(f"{self._where(directory, part)}: there is no such file")
            if not over and not is_missing(taken):
                raise TargetExistsError(f"{where}: exists already, and is not replaced")
            asked = True
            plain = (RENAME, text(old) + text(new))
            if not over or is_missing(taken):
                return done(session.ask(plain)[0])  # which no server does over another file
            if POSIX_RENAME in session.extensions:
                try:
                    return done(session.ask((EXTENDED, text(POSIX_RENAME) + text(old) + text(new)))[0])
                except StatusError as fault:
                    if fault.code != OP_UNSUPPORTED:
                        raise
            if not allow_gap:
                raise SendRefusedError(
                    f"{where}: this server cannot replace a file in one step: give each file a name of its own"
                    " ({timestamp}), or allow that there is none for a moment (`replace_with_gap: true`)"
                )
            done(session.ask((REMOVE, text(new)))[0])
            return done(session.ask(plain)[0])

        self._refused(directory, name, placed)

    def remove(self, directory: str, name: str) -> None:
        """See Destination.remove."""
        path = self._path(directory, name)

        def removed(session: SftpSession) -> None:
            if not is_missing(session.ask((LSTAT, text(path)))[0]):
                done(session.ask((REMOVE, text(path)))[0])

        self._refused(directory, name, removed)

    def _refused(self, directory: str, name: str, work: Callable[[SftpSession], _T]) -> _T:
        where = self._where(directory, name)
        try:
            return self._attempt(where, work)
        except StatusError as fault:
            raise SendRefusedError(f"{where}: {fault}") from fault

    def _where(self, directory: str, name: str) -> str:
        return f"{self._connection.name}:{directory}/{name}"
