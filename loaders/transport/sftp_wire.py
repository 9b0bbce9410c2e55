"""SFTP version 3 on the wire: bodies of requests and replies, every length checked before it is believed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from loaders.errors import TransportError
from loaders.printable import printable_bytes

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 2, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, REALPATH, RENAME = 11, 12, 13, 16, 18
STATUS, HANDLE, DATA, NAME, ATTRS, EXTENDED, EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
EOF, NO_SUCH_FILE, PERMISSION_DENIED, OP_UNSUPPORTED = 1, 2, 3, 8

_KINDS = {b"-": 0o100000, b"d": 0o040000, b"l": 0o120000}


class StatusError(Exception):
    """The server answered a request with an error status."""

    def __init__(self, code: int, message: str) -> None:
        """`code` is the SFTP status, `message` the server's words made printable."""
        super().__init__(f"{message} (status {code})")
        self.code = code


class Attributes(NamedTuple):
    """What the server states of a file, None where it does not: size in bytes, mode, mtime in seconds."""

    size: int | None
    mode: int | None
    modified: int | None


def text(value: bytes) -> bytes:
    """A string as SFTP writes it: its length, then its bytes."""
    return struct.pack(">I", len(value)) + value


def framed(number: int, kind: int, body: bytes) -> bytes:
    """A request as sent."""
    return struct.pack(">IBI", len(body) + 5, kind, number) + body


def status(body: bytes) -> StatusError:
    """The error of a STATUS reply."""
    code = struct.unpack_from(">I", body)[0] if len(body) >= 4 else 4
    try:
        message = string(body, 4)[0]
    except (struct.error, ValueError):
        message = b""
    return StatusError(code, printable_bytes(message[:200]) or "no reason given")


def opened(reply: tuple[int, bytes]) -> bytes:
    """The handle of a HANDLE reply. Raises StatusError when the server refused."""
    kind, body = reply
    if kind == HANDLE:
        try:
            return string(body, 0)[0]
        except (struct.error, ValueError):
            pass
    raise refused(reply)


def attributes(reply: tuple[int, bytes]) -> Attributes:
    """The attributes of an ATTRS reply. Raises StatusError when the server refused."""
    kind, body = reply
    if kind == ATTRS:
        try:
            return _attributes(body, 0)[0]
        except (struct.error, ValueError):
            pass
    raise refused(reply)


def names(reply: tuple[int, bytes]) -> list[tuple[bytes, Attributes]]:
    """The names, as sent, and attributes of a NAME reply. Raises StatusError when the server refused."""
    kind, body = reply
    if kind != NAME:
        raise refused(reply)
    entries = []
    try:
        count, at = struct.unpack_from(">I", body)[0], 4
        for _ in range(count):
            name, at = string(body, at)
            long_name, at = string(body, at)
            seen, at = _attributes(body, at)
            if seen.mode is None and long_name[:1] in _KINDS:  # some servers state the kind only as `ls -l` does
                seen = seen._replace(mode=_KINDS[long_name[:1]])
            entries.append((name, seen))
    except (struct.error, ValueError) as fault:
        raise TransportError("the server sent a malformed listing") from fault
    return entries


def pairs(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The extensions (name, data) that a VERSION reply announces; what is malformed ends them."""
    at = 0
    try:
        while at < len(body):
            name, at = string(body, at)
            data, at = string(body, at)
            yield name, data
    except (struct.error, ValueError):
        return


def string(body: bytes, at: int) -> tuple[bytes, int]:
    """The string at the byte `at` and the byte after it. Raises ValueError or struct.error if cut off."""
    end = at + 4 + struct.unpack_from(">I", body, at)[0]
    if end > len(body):
        raise ValueError("a string is longer than its packet")
    return body[at + 4 : end], end


def refused(reply: tuple[int, bytes]) -> Exception:
    """What to raise for a reply that is not the one expected: StatusError, or TransportError for nonsense."""
    kind, body = reply
    return status(body) if kind == STATUS else TransportError("the server sent a malformed reply")


def _attributes(body: bytes, at: int) -> tuple[Attributes, int]:
    """The attributes at the byte `at` and the byte after them."""
    size = mode = modified = None
    flags = struct.unpack_from(">I", body, at)[0]
    at += 4
    if flags & 0x1:
        size, at = struct.unpack_from(">Q", body, at)[0], at + 8
    if flags & 0x2:
        at += 8
    if flags & 0x4:
        mode, at = struct.unpack_from(">I", body, at)[0], at + 4
    if flags & 0x8:
        modified, at = struct.unpack_from(">II", body, at)[1], at + 8
    if flags & 0x80000000:
        count, at = struct.unpack_from(">I", body, at)[0], at + 4
        for _ in range(2 * count):
            _, at = string(body, at)
    return Attributes(size, mode, modified), at
