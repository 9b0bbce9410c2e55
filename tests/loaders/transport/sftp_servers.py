"""SFTP servers that do what they should not, and what tests of the transport share."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from loaders.config.connections import SftpConnection
from loaders.transport.interface import RemoteFile
from loaders.transport.opening import open_remote
from servers.embedded import EmbeddedSftp
from tests.loaders.conftest import connection_to

BLOCK = 261_120
Hook = Callable[["Faulty", bytes, int], Any]


class Faulty(asyncssh.SFTPServer):  # type: ignore[misc]
    """An SFTP server whose reads, stats and listings can be tampered with by subclasses."""

    def drop(self) -> None:
        self.channel.get_connection().abort()


def serving(folder: Path, behaviour: type[Faulty] = Faulty, **options: Any) -> EmbeddedSftp:
    return EmbeddedSftp(folder, sftp_server=behaviour, **options)


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def fetch_one(connection: SftpConnection, target: Path, name: str | None = None) -> tuple[str, RemoteFile]:
    with open_remote(connection) as remote:
        files, _ = remote.list(".")
        file = next(f for f in files if name in (None, f.name))
        return remote.fetch(".", file, target, lambda _: None), file


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for _ in range(40):
        left = [t for t in set(threading.enumerate()) - before if "asyncio" not in t.name]
        if not left:
            return
        time.sleep(0.05)
    raise AssertionError(f"threads left behind: {left}")


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[int]]]:
    """A TCP server that treats every connection by `talk`; yields its port and the list of connections."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                seen.append(1)
                with peer:
                    talk(peer)

        threading.Thread(target=serve, daemon=True, name="asyncio-raw").start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)


def to_port(port: int, **fields: Any) -> SftpConnection:
    server = EmbeddedSftp.__new__(EmbeddedSftp)
    server.port, server.host_key = port, "SHA256:" + "A" * 43
    return connection_to(server, **fields)
