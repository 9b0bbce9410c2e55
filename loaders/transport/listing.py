"""What is taken of a listing: regular files whose name is one safe path component; all else is reported, no more."""

from __future__ import annotations

import stat
import unicodedata
from collections.abc import Iterator

from loaders.printable import printable_bytes
from loaders.transport.interface import FileProblemError, RemoteFile, Skipped, utc

MAX_ENTRIES = 200_000


_TEMPORARY = (".part", ".tmp", ".filepart", ".writing")


_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


_SHELL = frozenset(";$`|<>")


def safe_name(raw: bytes) -> str:
    """The name as text. Raises ValueError, with the reason, unless it is one safe path component."""
    if len(raw) > 255:
        raise ValueError("the name is longer than 255 bytes")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the name is not UTF-8") from None
    if not name or name in (".", "..") or "/" in name or "\\" in name:
        raise ValueError("the name is not one path component")
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in name):
        raise ValueError("the name holds control characters")
    if _BIDI.intersection(name):
        raise ValueError("the name holds characters that change the direction of text")
    if name.startswith("-") or _SHELL.intersection(name):
        raise ValueError("the name reads as a command")
    return name


def own_name(raw: bytes) -> str:
    """The same of a name that Muster asks for. Raises FileProblemError: a done suffix may make one too long (C103)."""
    try:
        return safe_name(raw)
    except ValueError as reason:
        raise FileProblemError(f"{raw.decode(errors='backslashreplace')}: {reason}") from None


def sift(
    entries: Iterator[tuple[bytes, int | None, int | None, float | None]],
) -> tuple[list[RemoteFile], list[Skipped]]:
    """Sort listed entries (name, mode, size, time) into files and skipped ones, both by name.

    Uploads in progress (leading dot, .part, .tmp, .filepart, .writing) and repeated names are dropped.
    """
    files: dict[bytes, RemoteFile] = {}
    skipped: dict[bytes, Skipped] = {}
    for raw, mode, size, modified in entries:
        if raw in (b".", b".."):
            continue
        try:
            name = safe_name(raw)
        except ValueError as fault:
            skipped[raw] = Skipped(printable_bytes(raw), str(fault))
            continue
        if name.startswith(".") or name.lower().endswith(_TEMPORARY):
            continue
        if reason := _kind_fault(mode):
            skipped[raw] = Skipped(name, reason)
        elif size is None or modified is None:
            skipped[raw] = Skipped(name, "the server does not state its size and time")
        else:
            files[raw] = RemoteFile(name, size, utc(modified))
    return [files[raw] for raw in sorted(files)], [skipped[raw] for raw in sorted(skipped)]


def _kind_fault(mode: int | None) -> str | None:
    """Why an entry of this mode is not taken, or None for a regular file."""
    if mode is None or stat.S_IFMT(mode) == 0:
        return "the server does not state what it is"
    names = {
        stat.S_IFLNK: "symlink",
        stat.S_IFDIR: "directory",
        stat.S_IFIFO: "named pipe",
        stat.S_IFSOCK: "socket",
    }
    return None if stat.S_ISREG(mode) else names.get(stat.S_IFMT(mode), "device")
