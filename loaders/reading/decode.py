"""From a spooled file as it came to one of plain text: gzip checked to the last byte, under limits."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from isal import igzip, igzip_lib

from loaders.errors import FileRefusedError

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 20
# Below this much output the ratio says nothing: a tiny file of equal lines compresses a thousandfold.
RATIO_FLOOR_BYTES = 16 << 20


@dataclass(frozen=True)
class Limits:
    """What a file may cost at most; sizes are in bytes after decompression.

    `max_ratio` is decompressed size over compressed size, looked at from 16 MiB of output on. `max_rows`
    counts the readable and unreadable records of a file, not its header. `max_unreadable_bytes` bounds the
    memory of the unreadable lines of one file (their raw text, and 256 bytes for each).
    """

    max_bytes: int = 16 << 30
    max_ratio: int = 200
    max_record_bytes: int = 1 << 20
    max_columns: int = 2000
    max_rows: int | None = None
    max_unreadable_bytes: int = 256 << 20


@contextmanager
def open_decoded(path: Path, compression: Literal["none", "gzip"], limits: Limits) -> Iterator[Path]:
    """Yield the path of the plain content of the spooled file `path`.

    For `none` that is `path` itself. For `gzip` it is a new file beside it, `<name>.plain` with mode 0600,
    complete and checked (CRC and length of every member) before it is yielded, and removed on leaving.

    Raises FileRefusedError with code `unexpected_gzip` (declared `none` but gzip), `not_gzip`,
    `truncated_gzip`, `corrupt_gzip` (bad CRC, length or data, or anything but zeros after the last member),
    `too_large` or `too_compressed`; OSError when the disk fails. Nothing is left behind then.
    """
    with path.open("rb") as source:
        magic = source.read(len(GZIP_MAGIC))
    if compression == "none":
        if magic == GZIP_MAGIC:
            raise FileRefusedError(
                "unexpected_gzip", "the file is gzip, but its feed declares no compression", byte_offset=0
            )
        check_size(path.stat().st_size, limits)
        yield path
        return
    if not GZIP_MAGIC.startswith(magic):
        raise FileRefusedError("not_gzip", "the feed declares gzip, but the file is not", byte_offset=0)
    plain = path.with_name(path.name + ".plain")
    try:
        _gunzip(path, plain, limits)
        yield plain
    finally:
        plain.unlink(missing_ok=True)


def _gunzip(path: Path, plain: Path, limits: Limits) -> None:
    compressed_bytes = path.stat().st_size
    if compressed_bytes < len(GZIP_MAGIC):
        raise FileRefusedError("truncated_gzip", f"{compressed_bytes} bytes are too few for gzip")
    ratio_bytes = max(RATIO_FLOOR_BYTES, limits.max_ratio * compressed_bytes)
    written = 0
    plain.unlink(missing_ok=True)
    descriptor = os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with igzip.open(path, "rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                written += len(chunk)
                check_size(written, limits)
                if written > ratio_bytes:
                    raise FileRefusedError(
                        "too_compressed", f"it expands to more than {limits.max_ratio} times its size"
                    )
                _write_all(descriptor, chunk)
    except EOFError as error:
        if _has_trailing_garbage(path):
            raise FileRefusedError("corrupt_gzip", "something follows the last gzip member") from error
        raise FileRefusedError("truncated_gzip", "the file ends in the middle of its gzip data") from error
    except (gzip.BadGzipFile, igzip_lib.IsalError) as error:  # type: ignore[misc]  # its stub says Exception
        raise FileRefusedError("corrupt_gzip", f"the gzip data are damaged: {error}") from error
    finally:
        os.close(descriptor)


def check_size(size: int, limits: Limits) -> None:
    """Raise FileRefusedError `too_large` if the content is over the limit."""
    if size > limits.max_bytes:
        raise FileRefusedError("too_large", f"its content exceeds the limit of {limits.max_bytes} bytes")


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _has_trailing_garbage(path: Path) -> bool:
    """Whether a few stray bytes follow whole members: isal takes them for the start of a cut header.

    The standard library, three times slower, looks at the magic number first; only refused files come here.
    """
    try:
        with gzip.open(path) as source:
            while source.read(_CHUNK_BYTES):
                pass
    except gzip.BadGzipFile:
        return True
    except EOFError:
        return False
    return False
