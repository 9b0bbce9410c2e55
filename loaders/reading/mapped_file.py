"""A plain local file, mapped into memory: its bytes, without a copy of them."""

from __future__ import annotations

import mmap
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

Data = bytes | mmap.mmap
BOM = b"\xef\xbb\xbf"
"""UTF-8's byte order mark."""
_RELEASE_BYTES = 64 << 20


def mapped(path: Path) -> Data:
    """The bytes of a file; those of an empty one, which cannot be mapped, are `b""`. Raises OSError."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if file.seek(0, 2) else b""


def release(data: Data, before: int, after: int) -> None:
    """Tell the kernel that spans before the byte `after` are done with, those before `before` having been told: else
    the map counts as our memory."""
    start, end = (position // _RELEASE_BYTES * _RELEASE_BYTES for position in (before, after))
    if end > start and isinstance(data, mmap.mmap):
        data.madvise(mmap.MADV_DONTNEED, start, end - start)


class MappedFile:
    """A mapped file that is read as one format; a context manager."""

    def __init__(self, data: Data) -> None:
        """Hold its bytes."""
        self._data = data

    def __enter__(self) -> Self:
        """The file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file; what was read of it stays valid."""
        # A traceback or an unfinished iterator can still look at the map: then it goes when they do.
        with suppress(BufferError):
            if isinstance(self._data, mmap.mmap):
                self._data.close()
