"""A file of lines, by blocks of whole lines that are proven to be UTF-8; their text is not copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loaders.errors import FileRefusedError
from loaders.reading.mapped_file import Data, release
from loaders.reading.unreadable import raw_text_of

_LF = 10


@dataclass(frozen=True)
class LineBlock:
    """Whole lines that stand together in a file, each with its line end."""

    text: memoryview
    offsets: npt.NDArray[np.int32]
    """Where each line starts in `text`, and where the last one ends."""
    position: int
    """The place of its first byte in the file."""
    first_line: int
    """The number of its first line in the file."""

    @property
    def line_count(self) -> int:
        """How many lines it has."""
        return len(self.offsets) - 1

    def lines(self) -> pa.StringArray:
        """The lines with their ends."""
        return pa.StringArray.from_buffers(self.line_count, pa.py_buffer(self.offsets), pa.py_buffer(self.text))


def line_blocks(data: Data, start: int, block_bytes: int) -> Iterator[LineBlock]:
    """The lines of a whole file from the byte `start` on, in blocks of so many bytes; 0: each line by itself.

    Raises FileRefusedError with code `invalid_encoding` and the place of the bad byte, maybe after some blocks.
    """
    position, line = start, 1
    while position < len(data):
        after = _block_end(data, position, block_bytes)
        text = memoryview(data)[position:after]
        block = LineBlock(text, _line_offsets(text), position, line)
        try:
            block.lines().validate(full=True)
        except pa.ArrowInvalid as error:
            raise _invalid_encoding(bytes(text), position, line) from error
        yield block
        release(data, position, after)
        position, line = after, line + block.line_count


def _block_end(data: Data, position: int, block_bytes: int) -> int:
    """The end of the last line that ends within `block_bytes`, or of the first line."""
    cut = position + max(block_bytes, 1)
    if cut >= len(data):
        return len(data)
    return (data.rfind(b"\n", position, cut) + 1) or (data.find(b"\n", cut) + 1) or len(data)


def _line_offsets(block: memoryview) -> npt.NDArray[np.int32]:
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LF) + 1
    if not len(ends) or ends[-1] != len(block):
        ends = np.append(ends, len(block))
    return np.concatenate(([0], ends)).astype(np.int32)


def _invalid_encoding(block: bytes, position: int, line: int) -> FileRefusedError:
    try:
        block.decode()
    except UnicodeDecodeError as error:
        bad = error.start
    start = block.rfind(b"\n", 0, bad) + 1
    end = block.find(b"\n", bad)
    message = f"byte 0x{block[bad]:02x} is not UTF-8: ask the partner for UTF-8"
    text = raw_text_of(block[start : end if end >= 0 else len(block)])
    return FileRefusedError("invalid_encoding", message, line + block.count(b"\n", 0, bad), position + bad, text)
