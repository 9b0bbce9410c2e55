"""Under the SSH transport: received bytes in few copies, and never more of them than were asked for."""

from __future__ import annotations

import socket
import threading
from collections import deque
from typing import Any

import paramiko
from paramiko.buffered_pipe import BufferedPipe, PipeTimeout
from paramiko.packet import NeedRekeyException, Packetizer

WINDOW = 64 << 20
MAX_PACKET = 256 << 10


class ChunkQueue(BufferedPipe):  # type: ignore[type-arg]
    """A channel's buffer that hands on the received pieces as they are, instead of copying them."""

    def __init__(self, limit: int) -> None:
        """`limit` is the number of bytes that may wait; a server that ignores its window is cut off there."""
        super().__init__()
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._limit = limit
        self._ready = threading.Condition()
        self._ended = False

    def feed(self, data: bytes | str) -> None:
        """Add a piece (called by the transport's thread)."""
        piece = data if isinstance(data, bytes) else data.encode()
        with self._ready:
            self._waiting += len(piece)
            if self._waiting > self._limit:
                raise paramiko.SSHException("the server sends more than the window allows")
            self._chunks.append(piece)
            self._ready.notify()

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the pieces stay whole
        """The next piece whole, or b"" at the end; PipeTimeout after `timeout` seconds of nothing."""
        with self._ready:
            if not self._ready.wait_for(lambda: self._chunks or self._ended, timeout):
                raise PipeTimeout
            if not self._chunks:
                return b""
            piece = self._chunks.popleft()
            self._waiting -= len(piece)
            return piece

    def close(self) -> None:
        """End the stream: what waits can still be read."""
        with self._ready:
            self._ended = True
            self._ready.notify_all()


class BoundedPacketizer(Packetizer):
    """Reads a packet into one buffer, and refuses packets that no honest server sends."""

    def __init__(self, sock: socket.socket) -> None:
        """`sock` is the connected socket, whose timeout paces the checks for an end."""
        super().__init__(sock)
        self._sock = sock
        self._encrypted = False

    def set_inbound_cipher(self, *args: Any, **options: Any) -> None:
        """Note that the banner is over."""
        self._encrypted = True
        super().set_inbound_cipher(*args, **options)

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """Exactly `n` bytes. Raises EOFError at the end, SSHException for more than we asked for."""
        if not 0 <= n <= MAX_PACKET + 4096:
            raise paramiko.SSHException(f"the server sent a packet of {n} bytes")
        if not self._encrypted:  # bytes may wait in the reader of the banner
            return super().read_all(n, check_rekey)
        buffer = bytearray(n)
        view, done = memoryview(buffer), 0
        while done < n:
            try:
                got = self._sock.recv_into(view[done:])
            except TimeoutError:
                if self.closed or self.handshake_timed_out():
                    raise EOFError from None
                if check_rekey and not done and self.need_rekey():
                    raise NeedRekeyException from None
                continue
            except OSError:
                if self.closed:
                    raise EOFError from None
                raise
            if not got:
                raise EOFError
            done += got
        return bytes(buffer) if n < 64 else buffer  # type: ignore[return-value]
