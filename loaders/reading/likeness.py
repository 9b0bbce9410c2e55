"""What a file looks like by its first bytes, where it is surely not what its feed declares (C55)."""

from __future__ import annotations

import re
from pathlib import Path

from loaders.errors import FileRefusedError
from loaders.reading.unreadable import raw_text_of

SAMPLE_BYTES = 4096
_MAGIC = (
    (re.compile(rb"PK\x03\x04[\s\S]*(?:\[Content_Types\]\.xml|xl/)"), "an Excel workbook (.xlsx)", "to save it as CSV"),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "a zip archive", "for the file itself, plain or as .gz"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Excel workbook (.xls)", "to save it as CSV"),
    (re.compile(rb"%PDF-[12]\."), "a PDF document", "for the data as CSV"),
    (re.compile(rb"PAR1\x15"), "a Parquet file", "for the data as CSV"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive", "for the file itself, plain or as .gz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "a zstd file", "for it plain or as .gz"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 file", "for it plain or as .gz"),
    (re.compile(rb"\xfd7zXZ\x00"), "an xz file", "for it plain or as .gz"),
    (re.compile(rb"\{\\rtf"), "an RTF document", "for the data as CSV"),
    (re.compile(rb"-----BEGIN PGP MESSAGE-----"), "an encrypted PGP message", "or name its keys in `pgp` of the feed"),
    (
        re.compile(rb"\s*(?:<!doctype html|<html|<head|<body)[\s>]", re.IGNORECASE),
        "an HTML page, such as one of a log-in or an error",
        "for the data as CSV",
    ),
    (re.compile(rb"\s*<\?xml[\s>]"), "an XML document", "for the data as CSV"),
    (
        re.compile(rb'\s*\[\s*\{\s*(?:"|\})'),
        "a JSON array",
        "for CSV, or one JSON object a line (`format: ndjson`)",
    ),
)
_FEWEST_NULS = 4
_NDJSON = re.compile(r'\s*\{\s*(?:"|\})')


def refuse_other_kinds(source: Path | bytes, encoding: str) -> None:
    """Raise FileRefusedError `not_csv` if the file is surely no CSV, or `invalid_encoding` if it is UTF-16 without a
    byte order mark and declared as something else."""
    start = _start_of(source)
    plain = start.removeprefix(b"\xef\xbb\xbf")
    for pattern, name, instead in _MAGIC:
        if pattern.match(plain):
            message = f"the file is {name}, not CSV: ask the partner {instead}"
            raise FileRefusedError("not_csv", message, 1, 0, raw_text_of(plain[:16]))
    if start and not start.strip(b"\0"):
        message = "the file begins with nothing but NUL bytes: it was not written, or is not text: ask for it again"
        raise FileRefusedError("not_csv", message, 1, 0)
    codec = wide_encoding(start)
    if codec and not encoding.startswith("utf-16"):
        message = (
            f"the file looks like {codec.upper()} without a byte order mark, its feed declares {encoding}:"
            f" `encoding: {codec}` would take it"
        )
        raise FileRefusedError("invalid_encoding", message, 1, 0, raw_text_of(start[:40]))


def _start_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:SAMPLE_BYTES]
    with source.open("rb") as file:
        return file.read(SAMPLE_BYTES)


def wide_encoding(start: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be`, if every second byte is NUL often, in the first line too, and no other byte is."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    for codec, wide in (("utf-16-le", 1), ("utf-16-be", 0)):
        pairs = len(start) // 2
        nuls, others = start[wide : 2 * pairs : 2], start[1 - wide : 2 * pairs : 2]
        first_line = others.partition(b"\n")[0]
        if nuls.count(0) >= max(_FEWEST_NULS, 0.3 * pairs) and not others.count(0) and nuls[: len(first_line)].count(0):
            return codec
    return None


def looks_like_ndjson(text: str) -> bool:
    """Whether a line begins as a JSON object."""
    return bool(_NDJSON.match(text))
