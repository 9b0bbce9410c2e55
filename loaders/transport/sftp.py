"""Files from an SFTP server: listed by our own rules, fetched whole or not at all, tried again."""

from __future__ import annotations

import logging
import posixpath
import random
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from loaders.config.connections import SftpConnection
from loaders.config.host_keys import fingerprint
from loaders.errors import ConfigurationError, MusterError, TransportError
from loaders.transport.interface import (
    FileChangedError,
    FileForbiddenError,
    FileVanishedError,
    RemoteFile,
    RenameRefusedError,
    Skipped,
    TargetExistsError,
    utc,
)
from loaders.transport.listing import own_name, sift
from loaders.transport.sftp_pipeline import SftpSession
from loaders.transport.sftp_wire import (
    EXTENDED,
    FSTAT,
    LSTAT,
    NO_SUCH_FILE,
    OP_UNSUPPORTED,
    OPEN,
    PERMISSION_DENIED,
    RENAME,
    STATUS,
    Attributes,
    StatusError,
    attributes,
    opened,
    refused,
    status,
    text,
)
from loaders.transport.ssh import HOST_KEY_TYPES, FinalTransportError, exchange_keys, open_channel
from loaders.transport.ssh_login import connect
from loaders.transport.target import new_target

ATTEMPTS = 3
BACKOFF = 0.5
"""Seconds before the second attempt, on average; doubled before the third."""

POSIX_RENAME = b"posix-rename@openssh.com"
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class SftpRemote:
    """A server's files (see Remote). One operation at a time: other threads' calls wait for their turn."""

    def __init__(self, connection: SftpConnection) -> None:
        """`connection` is used when the context is entered, not before."""
        self._connection = connection
        self._lock = threading.RLock()
        self._session: SftpSession | None = None
        self._close_transport: Callable[[], None] = lambda: None
        self._is_over = False

    def __enter__(self) -> Self:
        """Connect. Raises ConfigurationError, HostKeyError, AuthenticationError or TransportError."""
        self._attempt("connect", lambda _: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        with self._lock:
            self._close()

    def abort(self) -> None:
        """See Remote.abort."""
        self._is_over = True
        self._close_transport()

    def list(self, directory: str) -> tuple[list[RemoteFile], list[Skipped]]:
        """See Remote.list."""
        path = self._path(directory)

        def listed(session: SftpSession) -> tuple[list[RemoteFile], list[Skipped]]:
            entries = []
            for name, seen in session.list(path):
                if None in seen and name not in (b".", b".."):
                    seen = _or_nothing(session.ask((LSTAT, text(path + b"/" + name)))[0])
                entries.append((name, seen.mode, seen.size, seen.modified))
            return sift(iter(entries))

        try:
            return self._attempt(f"list {directory}", listed)
        except StatusError as fault:
            raise ConfigurationError(
                f"{self._connection.name}: directory {path.decode()!r} cannot be listed: {fault}; "
                f"correct the feed's directory or the connection's root"
            ) from fault

    def fetch(
        self,
        directory: str,
        file: RemoteFile,
        target: Path,
        progress: Callable[[int], None],
    ) -> str:
        """See Remote.fetch. The size and time are compared with the listing before and after."""
        path = self._path(directory, file.name)
        where = f"{self._connection.name}:{directory}/{file.name}"

        def fetched(session: SftpSession) -> str:
            named, reply = session.ask((LSTAT, text(path)), (OPEN, text(path) + struct.pack(">II", 1, 0)))
            handle = text(opened(reply))
            try:
                _same(file, attributes(named))
                with new_target(target) as descriptor:
                    sha256 = session.read(handle, file.size, descriptor, progress)
                    for seen in session.ask((FSTAT, handle), (LSTAT, text(path))):
                        _same(file, attributes(seen))
            finally:
                session.forget(handle)
            return sha256

        return self._attempt(f"fetch {where}", lambda session: _named_faults(where, lambda: fetched(session)))

    def rename(self, directory: str, file: RemoteFile, new_name: str) -> None:
        """See Remote.rename. One whose answer was lost counts as done when only the new name is there.

        What was renamed is looked at again: another file that came between gets its name back.
        """
        old, new = self._path(directory, file.name), self._path(directory, new_name)
        where = f"{self._connection.name}:{directory}/{file.name}"
        asked = False

        def renamed(session: SftpSession) -> None:
            nonlocal asked
            before, taken = session.ask((LSTAT, text(old)), (LSTAT, text(new)))
            if is_missing(before) and not is_missing(taken) and asked:
                return _same(file, attributes(taken))
            if not is_missing(taken):
                raise TargetExistsError(f"{where}: {new_name} exists already; the file keeps its name")
            _same(file, attributes(before))
            asked = True
            _rename(session, old, new)
            try:
                _same(file, attributes(session.ask((LSTAT, text(new)))[0]))
            except FileChangedError as fault:
                try:
                    done(session.ask((RENAME, text(new) + text(old)))[0])
                except StatusError:
                    raise FileChangedError(f"{fault}, as {new_name}, which has not landed: rename it by hand") from None
                raise
            return None

        self._attempt(
            f"rename {where}", lambda session: _named_faults(where, lambda: renamed(session), RenameRefusedError)
        )

    def _attempt(self, what: str, work: Callable[[SftpSession], _T]) -> _T:
        """Do the work in a session, connecting anew after a broken one, and at most ATTEMPTS times in all."""
        deadline = time.monotonic() + self._connection.file_deadline
        with self._lock:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return work(self._open_session(deadline))
                except TransportError as fault:
                    self._close()
                    pause = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
                    late = time.monotonic() + pause >= deadline
                    if isinstance(fault, FinalTransportError) or attempt == ATTEMPTS or late or self._is_over:
                        raise
                    _log.info("%s: %s; trying again in %.1f s", what, fault, pause)
                    time.sleep(pause)
                except BaseException:
                    if self._session and not self._session.settled:
                        self._close()
                    raise
        raise AssertionError("unreachable")

    def _open_session(self, deadline: float) -> SftpSession:
        """The session in use, or a new one."""
        if self._session is None:
            transport = connect(self._connection)
            self._close_transport = transport.stop
            if self._is_over:
                raise FinalTransportError(f"{self._connection.name}: broken off")
            channel = open_channel(transport, self._connection.connect_timeout)
            self._session = SftpSession(channel, self._connection.idle_timeout, deadline, self._connection.min_rate)
        self._session.deadline = deadline
        return self._session

    def _close(self) -> None:
        """Drop the session and its transport."""
        self._session = None
        self._close_transport()
        self._close_transport = lambda: None

    def _path(self, directory: str, name: str | None = None) -> bytes:
        """The path of a directory or a file. Raises ConfigurationError if it leads outside the root."""
        if ".." in directory.split("/"):
            raise ConfigurationError(f"directory {directory!r}: '..' is not allowed")
        path = posixpath.normpath(posixpath.join(self._connection.root, directory.lstrip("/")))
        return (path if name is None else posixpath.join(path, own_name(name.encode()))).encode()


def fetch_host_keys(host: str, port: int, timeout: float = 10) -> list[str]:
    """The keys a server has, as `type base64 SHA256:...`, for a person to compare; nothing is sent to it.

    `timeout` is in seconds. Raises TransportError.
    """
    shown: dict[str, str] = {}
    while True:
        transport = exchange_keys(host, port, timeout, pins=None, without=shown)
        try:
            key = transport.get_remote_server_key()
            is_again = key.get_name() in shown  # it was told that this type is not wanted
            shown[key.get_name()] = f"{key.get_name()} {key.get_base64()} {fingerprint(key.asbytes())}"
            if is_again or not transport.kinds & set(HOST_KEY_TYPES) - set(shown):
                return list(shown.values())
        finally:
            transport.stop()


def _same(file: RemoteFile, seen: Attributes) -> None:
    """Raise FileChangedError unless the attributes are those of the listing."""
    kind = None if seen.mode is None else seen.mode & 0o170000
    modified = None if seen.modified is None else utc(seen.modified)
    if kind not in (None, 0, 0o100000) or (seen.size, modified) != (file.size, file.modified_at):
        raise FileChangedError(
            f"listed with {file.size} bytes of {file.modified_at}, now {seen.size} bytes of {modified}"
        )


def _rename(session: SftpSession, old: bytes, new: bytes) -> None:
    """Rename by the extension where the server has it, and does not only say so (C105). Raises StatusError."""
    plain = (RENAME, text(old) + text(new))
    if POSIX_RENAME not in session.extensions:
        return done(session.ask(plain)[0])
    try:
        return done(session.ask((EXTENDED, text(POSIX_RENAME) + text(old) + text(new)))[0])
    except StatusError as fault:
        if fault.code != OP_UNSUPPORTED:
            raise
        return done(session.ask(plain)[0])


def _named_faults(where: str, work: Callable[[], _T], otherwise: type[MusterError] = TransportError) -> _T:
    """Turn a server's refusal of one file into the errors of Remote; `otherwise`: a refusal without a known reason."""
    try:
        return work()
    except FileChangedError as fault:
        raise FileChangedError(f"{where}: {fault}; the next run tries again") from None
    except StatusError as fault:
        if fault.code == NO_SUCH_FILE:
            raise FileVanishedError(f"{where}: gone since it was listed") from None
        if fault.code == PERMISSION_DENIED:
            raise FileForbiddenError(f"{where}: permission denied; ask the partner for access") from None
        raise otherwise(f"{where}: {fault}") from fault


def done(reply: tuple[int, bytes]) -> None:
    """Raise StatusError unless the server says that it is done."""
    kind, body = reply
    if kind != STATUS or status(body).code:
        raise refused(reply)


def is_missing(reply: tuple[int, bytes]) -> bool:
    """Whether an LSTAT found nothing. Raises StatusError for any other refusal."""
    try:
        attributes(reply)
    except StatusError as fault:
        if fault.code == NO_SUCH_FILE:
            return True
        raise
    return False


def _or_nothing(reply: tuple[int, bytes]) -> Attributes:
    """The attributes, or none of them where the server refuses."""
    try:
        return attributes(reply)
    except StatusError:
        return Attributes(None, None, None)
