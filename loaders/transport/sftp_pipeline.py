"""SFTP over one SSH channel, framed by ourselves: READs pipelined, replies bounded in size and in time."""

from __future__ import annotations

import itertools
import os
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator

import paramiko

from loaders.errors import TransportError
from loaders.transport.interface import FileChangedError
from loaders.transport.listing import MAX_ENTRIES
from loaders.transport.sftp_wire import (
    CLOSE,
    DATA,
    EOF,
    EXTENDED,
    EXTENDED_REPLY,
    INIT,
    OPENDIR,
    READ,
    READDIR,
    REALPATH,
    STATUS,
    VERSION,
    WRITE,
    Attributes,
    framed,
    names,
    opened,
    pairs,
    status,
    text,
)
from loaders.transport.ssh import FinalTransportError
from loaders.transport.ssh_stream import WINDOW
from loaders.transport.target import OrderedHash, write_at

LARGEST_READ, SAFE_READ = 261_120, 32_768
NEAR, FAR, FAR_SECONDS = 64, 256, 0.005
"""READs in flight on a short and on a long line, and the round trip in seconds that tells them apart."""
MAX_REPLY = 4 << 20
MIN_RATE_SECONDS = 60.0
"""Over how many seconds the rate of a download is looked at (A4)."""
MAX_LISTING = 64 << 20


class SftpSession:
    """One SFTP session; its methods raise TransportError when the server is silent, breaks off or errs.

    `deadline` (time.monotonic) bounds everything; the caller sets it per operation. Unless `settled` after an
    error, there are replies under way and the session must be closed.
    """

    def __init__(self, channel: paramiko.Channel, idle_timeout: float, deadline: float, min_rate: float) -> None:
        """Start the subsystem on a fresh channel; `idle_timeout` in seconds is the longest silence.

        `min_rate`: how many bytes per second of a file must come in every MIN_RATE_SECONDS.
        """
        self._channel, self._idle, self.deadline, self._min_rate = channel, idle_timeout, deadline, min_rate
        self._ids = itertools.count(1)
        self._forgotten: set[int] = set()
        self.settled = True
        self._rest = memoryview(b"")
        channel.settimeout(idle_timeout)
        try:
            channel.invoke_subsystem("sftp")
        except (paramiko.SSHException, EOFError, OSError) as fault:
            raise TransportError(f"the server gives no SFTP session: {fault}") from fault
        self._send(struct.pack(">IBI", 5, INIT, 3))
        kind, body = self._packet()
        if kind != VERSION or len(body) < 4:
            raise TransportError("the server does not speak SFTP")
        self.extensions = dict(pairs(body[4:]))
        started = time.monotonic()
        self._block, self._written_block = (
            self._limits() if b"limits@openssh.com" in self.extensions else (SAFE_READ, SAFE_READ)
        )
        if self._block == SAFE_READ:
            started = time.monotonic()
            self.ask((REALPATH, text(b".")))
        self._depth = FAR if time.monotonic() - started > FAR_SECONDS else NEAR

    def ask(self, *requests: tuple[int, bytes]) -> list[tuple[int, bytes]]:
        """Send the requests (kind, body without id) at once; their replies (kind, body) in order."""
        ids = [next(self._ids) for _ in requests]
        self.settled = False
        self._send(b"".join(framed(number, *request) for number, request in zip(ids, requests, strict=True)))
        replies: dict[int, tuple[int, bytes]] = {}
        while len(replies) < len(ids):
            kind, body = self._packet()
            number = struct.unpack_from(">I", body)[0] if len(body) >= 4 else -1
            if number in self._forgotten:
                self._forgotten.remove(number)
                continue
            if number not in ids or number in replies:
                raise TransportError("the server answered a request that was not made")
            replies[number] = (kind, body[4:])
        self.settled = True
        return [replies[number] for number in ids]

    def list(self, path: bytes) -> Iterator[tuple[bytes, Attributes]]:
        """The names, as sent, and attributes of a directory; at most 200,000 entries and 64 MiB.

        Raises StatusError when the directory cannot be opened.
        """
        handle = text(opened(self.ask((OPENDIR, text(path)))[0]))
        count = received = 0
        while True:
            kind, body = self.ask((READDIR, handle))[0]
            if kind == STATUS and status(body).code == EOF:
                break
            received += len(body)
            entries = names((kind, body))
            count += max(1, len(entries))
            if count > MAX_ENTRIES or received > MAX_LISTING:
                raise TransportError(
                    f"a listing of more than {MAX_ENTRIES} entries or {MAX_LISTING >> 20} MiB is refused"
                )
            yield from entries
        self.forget(handle)

    def read(self, handle: bytes, size: int, descriptor: int, progress: Callable[[int], None]) -> str:
        """Write the `size` bytes of an open file (`handle` as `text`) into `descriptor`; their sha256 in hex.

        Many READs are under way at once; short replies are asked for again; one more READ after the last byte
        must meet the end. Raises FileChangedError when the file is shorter or longer than `size`.
        """
        self.settled = False
        plan = _plan(size, self._block)
        again: deque[tuple[int, int]] = deque()
        flight: dict[int, tuple[int, int]] = {}
        hashed = OrderedHash(descriptor)
        rate = _Rate(self._min_rate)
        done = 0
        while True:
            if len(flight) <= self._depth * 3 // 4:
                batch = []
                while len(flight) < self._depth:
                    part = again.popleft() if again else next(plan, None)
                    if part is None:
                        break
                    number = next(self._ids)
                    flight[number] = part
                    batch.append(framed(number, READ, handle + struct.pack(">QI", *part)))
                if batch:
                    self._send(b"".join(batch))
            if not flight:
                self.settled = True
                return hashed.hexdigest()
            length, kind, number = struct.unpack(">IBI", self._take(9))
            if number in self._forgotten and length <= MAX_REPLY:
                self._forgotten.remove(number)
                self._take(length - 5)
                continue
            if number not in flight or not 9 <= length <= MAX_REPLY:
                raise TransportError("the server answered a request that was not made")
            offset, asked = flight.pop(number)
            if kind == STATUS:
                fault = status(self._take(length - 5))
                if fault.code != EOF:
                    raise TransportError(f"reading at byte {offset}: {fault}") from fault
                if offset < size:
                    raise FileChangedError(f"ends before byte {offset + 1} of {size}")
                continue
            got = struct.unpack(">I", self._take(4))[0]
            if kind != DATA or not 0 < got <= asked or length != got + 9:
                raise TransportError(f"reading at byte {offset}: the reply is malformed")
            if offset >= size:
                raise FileChangedError(f"goes on after byte {size}")
            if got < asked:
                again.append((offset + got, asked - got))
            done += got
            while got:
                piece = self._piece(got)
                write_at(descriptor, piece, offset)
                hashed.add(piece, offset)
                offset, got = offset + len(piece), got - len(piece)
            rate.check(done)
            progress(done)

    def write(self, handle: bytes, source: int, progress: Callable[[int], None]) -> None:
        """Write all bytes of the local file `source` (a descriptor) into an open file (`handle` as `text`).

        Many WRITEs are under way at once. Raises StatusError when the server refuses one.
        """
        self.settled = False
        flight: dict[int, int] = {}
        rate = _Rate(self._min_rate)
        offset = done = 0
        is_read = False
        while True:
            while not is_read and len(flight) < self._depth:
                if not (block := os.pread(source, self._written_block, offset)):
                    is_read = True
                    break
                number = next(self._ids)
                flight[number] = len(block)
                self._send(framed(number, WRITE, handle + struct.pack(">Q", offset) + text(block)))
                offset += len(block)
            if not flight:
                self.settled = True
                return
            kind, body = self._packet()
            number = struct.unpack_from(">I", body)[0] if len(body) >= 4 else -1
            if number in self._forgotten:
                self._forgotten.remove(number)
                continue
            if number not in flight or kind != STATUS:
                raise TransportError("the server answered a request that was not made")
            if (fault := status(body[4:])).code:
                raise fault
            done += flight.pop(number)
            rate.check(done)
            progress(done)

    def forget(self, handle: bytes) -> None:
        """Close a handle without waiting for the answer; an unsettled session is past that."""
        if self.settled:
            number = next(self._ids)
            self._forgotten.add(number)
            self._send(framed(number, CLOSE, handle))

    def _limits(self) -> tuple[int, int]:
        """The longest READ and WRITE that the server allows, in bytes; 32 KiB when it does not say."""
        kind, body = self.ask((EXTENDED, text(b"limits@openssh.com")))[0]
        _, read, write = struct.unpack_from(">QQQ", body) if kind == EXTENDED_REPLY and len(body) >= 24 else (0, 0, 0)
        return min(read, LARGEST_READ) or SAFE_READ, min(write, LARGEST_READ) or SAFE_READ

    def _packet(self) -> tuple[int, bytes]:
        """The next packet's kind and body."""
        length, kind = struct.unpack(">IB", self._take(5))
        if not 1 <= length <= MAX_REPLY:
            raise TransportError(f"the server sent a packet of {length} bytes")
        return kind, self._take(length - 1)

    def _take(self, count: int) -> bytes:
        """Exactly `count` bytes of the stream."""
        if len(self._rest) >= count:
            taken, self._rest = bytes(self._rest[:count]), self._rest[count:]
            return taken
        pieces = []
        while count:
            pieces.append(self._piece(count))
            count -= len(pieces[-1])
        return b"".join(pieces)

    def _piece(self, limit: int) -> memoryview:
        """The next bytes of the stream as they came, at least one and at most `limit`."""
        if not self._rest:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TransportError("the deadline has passed")
            self._channel.settimeout(min(self._idle, left))
            try:
                self._rest = memoryview(self._channel.recv(WINDOW))
            except TimeoutError:
                late = left <= self._idle
                words = "the deadline has passed" if late else f"the server was silent for {self._idle:g} s"
                raise TransportError(words) from None
            except (paramiko.SSHException, EOFError, OSError) as fault:
                raise TransportError(f"the connection broke off: {fault}") from fault
            if not self._rest:
                raise TransportError("the server closed the connection")
        piece, self._rest = self._rest[:limit], self._rest[limit:]
        return piece

    def _send(self, data: bytes) -> None:
        """Send requests."""
        try:
            self._channel.sendall(data)
        except (paramiko.SSHException, EOFError, OSError) as fault:
            raise TransportError(f"the connection broke off: {fault}") from fault


class _Rate:
    """How fast a file comes."""

    def __init__(self, least: float) -> None:
        self._least, self._since, self._done = least, time.monotonic(), 0

    def check(self, done: int) -> None:
        """Raise FinalTransportError if too few bytes have come in the last MIN_RATE_SECONDS; `done`: those so far."""
        now = time.monotonic()
        if now - self._since >= MIN_RATE_SECONDS:
            rate = (done - self._done) / (now - self._since)
            if rate < self._least:
                raise FinalTransportError(f"only {rate:.0f} bytes a second come, and {self._least:g} must (min_rate)")
            self._since, self._done = now, done


def _plan(size: int, block: int) -> Iterator[tuple[int, int]]:
    """The READs (offset, length) of a file, and one of a byte after its end."""
    for offset in range(0, size, block):
        yield offset, min(block, size - offset)
    yield size, 1
