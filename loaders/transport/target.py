"""The local file that a download becomes: private, written at any place, hashed on the way, gone if it fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
