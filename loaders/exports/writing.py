"""The file of an export: lines from a query to disk, compressed and encrypted as its name says."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from loaders.exports.names import NameTemplate

BATCH_ROWS = 100_000


class Encrypt(Protocol):
    """Encrypts `plain` to the new file `target`."""

    def __call__(self, plain: Path, target: Path, *, armored: bool) -> None:
        """Raises ConfigurationError if a key cannot be used."""


@dataclass(frozen=True)
class Written:
    """A file that is whole and on disk."""

    row_count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """Some of the lines of a file: a query of (line), and what stands before each line."""

    query: str
    prefix: str = ""


def write_lines(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    target: Path,
    *,
    header: bytes,
    end: str,
    template: NameTemplate,
    encrypt: Encrypt | None,
) -> Written:
    """Write the header and the lines of all parts to `target` (mode 0600), and have it on disk.

    What is not encrypted yet lies beside it, and is removed. Raises OSError for a fault of the disk, and as `encrypt`.
    """
    plain = target.with_name(target.name + ".plain") if encrypt else target
    count = 0
    try:
        with private(plain) as file, _compressed(file, template) as out:
            out.write(header)
            for part in parts:
                for batch in _batches(connection, part.query):
                    out.write(_bytes_of(batch.column("line"), part.prefix, end))
                    count += batch.num_rows
        if encrypt:
            encrypt(plain, target, armored=template.is_armored)
    finally:
        if encrypt:
            plain.unlink(missing_ok=True)
    return measured(target, count)


def measured(path: Path, row_count: int) -> Written:
    """A file as it is, once it is on disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Written(row_count, os.fstat(file.fileno()).st_size, digest)


@contextmanager
def private(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read; what was there is gone."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=1 << 20) as file:
        yield file


@contextmanager
def _compressed(file: BinaryIO, template: NameTemplate) -> Iterator[BinaryIO]:
    if not template.is_compressed:
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as out:  # same rows, same bytes
        yield out  # type: ignore[misc]


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    yield from connection.sql(query).to_arrow_reader(BATCH_ROWS)


def _bytes_of(lines: pa.Array, prefix: str, end: str) -> memoryview | bytes:
    """All lines, each with its end, as they lie in memory."""
    whole = pc.binary_join_element_wise(prefix, lines, end, "").cast(pa.large_string())
    if not len(whole):
        return b""
    _, offsets, data = whole.buffers()
    bounds = memoryview(offsets).cast("q")[whole.offset : whole.offset + len(whole) + 1]
    return memoryview(data)[bounds[0] : bounds[-1]]
