"""The text of a file in its declared encoding, as UTF-8: decoded exactly, or refused with the place of the bad byte."""

from __future__ import annotations

import os
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loaders.errors import FileRefusedError
from loaders.reading.decode import Limits, check_size
from loaders.reading.mapped_file import BOM, Data, mapped
from loaders.reading.unreadable import count_line_ends, raw_text_of

MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-8": BOM}
"""The byte order marks of encodings."""
_WIDE = ("utf-16", "utf-16-le", "utf-16-be")
_PIECE_BYTES = 1 << 20
_NO_ASCII = re.compile(rb"[\x80-\xff]")


@dataclass
class Text:
    """A file's text as UTF-8, and where its bytes stand in the file itself."""

    data: Data
    codec: str = "utf-8"
    mark: bytes = b""
    """The byte order mark that the file begins with; of UTF-8 it stays in `data`."""
    _seen: tuple[int, int] | None = field(default=None, repr=False)

    def offset(self, position: int) -> int:
        """The byte of the file at the byte `position` of `data`. Cheap for positions that come in their order."""
        if self.codec == "utf-8":
            return position
        before, offset = self._seen or (0, len(self.mark))
        if before > position:
            before, offset = 0, len(self.mark)
        while before < position:
            end = _character_start(self.data, min(position, before + _PIECE_BYTES))
            offset += len(self.data[before:end].decode().encode(self.codec))
            before = end
        self._seen = (before, offset)
        return offset

    def as_sent(self, piece: bytes) -> bytes:
        """A piece of `data` in the encoding of the file."""
        return piece if self.codec == "utf-8" else piece.decode().encode(self.codec)


def text_of(source: Path | bytes, encoding: str, limits: Limits) -> Text:
    """The text of a file, or of bytes. Of a file that is not in UTF-8 it is a second one, which has no name and goes
    with the map.

    Raises FileRefusedError with code `invalid_encoding` if the file is not in that encoding (UTF-8 itself is proven
    by who reads it) or has another one's byte order mark, `too_large` if the text exceeds the limit; OSError.
    """
    data = source if isinstance(source, bytes) else mapped(source)
    codec, mark = _codec_of(data, encoding)
    if codec == "utf-8":
        return Text(data, mark=mark)
    _refuse_utf_8(data, codec)
    pieces = _decoded(data, len(mark), codec)
    if isinstance(source, bytes):
        return Text(b"".join(pieces), codec, mark)
    target = source.with_name(source.name + ".utf-8")
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
                check_size(file.tell(), limits)
        return Text(mapped(target), codec, mark)
    finally:
        target.unlink()


def check_encoding(source: Path | bytes, encoding: str) -> None:
    """Raise FileRefusedError `invalid_encoding` if the file is not in that encoding from its first byte to its last."""
    data = source if isinstance(source, bytes) else mapped(source)
    codec, mark = _codec_of(data, encoding)
    if codec != "utf-8":
        _refuse_utf_8(data, codec)
    for _ in _decoded(data, len(mark), codec):
        pass


def _codec_of(data: Data, encoding: str) -> tuple[str, bytes]:
    """The codec to read by, and the mark to skip. Raises FileRefusedError if the mark is that of another encoding."""
    start = bytes(data[:3])
    found = next((name for name, mark in MARKS.items() if start.startswith(mark)), None)
    mark = MARKS[found] if found else b""
    if encoding == "utf-16":
        if found in _WIDE:
            return found, mark
        if not data:
            return "utf-16-le", b""
        message = (
            "the file has no byte order mark of UTF-16: declare `encoding: utf-16-le` or `utf-16-be`, if it is either"
        )
        raise FileRefusedError("invalid_encoding", message, 1, 0, raw_text_of(start))
    if found is None or found == encoding:
        return encoding, mark
    name = "utf-16" if found in _WIDE else found
    message = (
        f"the file begins with the byte order mark of {found.upper()}, its feed declares {encoding}:"
        f" `encoding: {name}` would take it"
    )
    raise FileRefusedError("invalid_encoding", message, 1, 0, raw_text_of(bytes(data[:4])))


def _refuse_utf_8(data: Data, codec: str) -> None:
    """Raise FileRefusedError if a file in a declared table of 256 characters is UTF-8: hardly any other text is."""
    if codec in _WIDE or not (first := _NO_ASCII.search(data)):
        return
    decoder = getincrementaldecoder("utf-8")()
    try:
        for position in range(0, len(data), _PIECE_BYTES):
            piece = data[position : position + _PIECE_BYTES]
            decoder.decode(piece, final=position + len(piece) == len(data))
    except UnicodeDecodeError:
        return
    at = first.start()
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    message = f"all of the file is UTF-8, its feed declares {codec}: `encoding: utf-8` would take it"
    line = 1 + count_line_ends(bytes(data[:start]))
    raise FileRefusedError("invalid_encoding", message, line, at, raw_text_of(bytes(data[start : at + 4])))


def _decoded(data: Data, position: int, codec: str) -> Iterator[bytes]:
    """The text from `position` on, in pieces of UTF-8."""
    line = 1
    while position < len(data):
        piece = _piece(data, position, codec)
        try:
            text = piece.decode(codec).encode()
        except UnicodeDecodeError as error:
            before = piece[: error.start].decode(codec).encode()
            line += count_line_ends(before)
            bad, place = piece[error.start : error.start + 1], position + error.start
            raw = raw_text_of(before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :] + bad)
            message = f"byte 0x{bad.hex()} is not {codec}, as the feed declares: is that its encoding?"
            raise FileRefusedError("invalid_encoding", message, line, place, raw) from error
        yield text
        position, line = position + len(piece), line + count_line_ends(text)


def _piece(data: Data, position: int, codec: str) -> bytes:
    """A piece that ends between two characters, and not within a line end."""
    piece: bytes = data[position : position + _PIECE_BYTES]
    if position + len(piece) == len(data):
        return piece
    if codec == "utf-8":
        piece = piece[: _character_start(data, position + len(piece)) - position]
    if codec in _WIDE and 0xD8 <= piece[-1 if codec == "utf-16-le" else -2] <= 0xDB:
        piece = piece[:-2]  # the first half of a character
    end = "\r".encode(codec)
    return piece[: -len(end)] if piece.endswith(end) else piece


def _character_start(data: Data, position: int) -> int:
    """The start of the character at `position` of UTF-8, or `position` where none begins within its length before."""
    for start in range(position, max(position - 4, -1), -1):
        if start >= len(data) or data[start] & 0xC0 != 0x80:
            return start
    return position
