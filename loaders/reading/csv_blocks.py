"""CSV by the block: megabytes at once through pyarrow, for stretches that are provably well formed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from loaders.reading.csv_columns import Columns
from loaders.reading.csv_row_checks import RowChecks
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.mapped_file import BOM, Data

_CR, _LF = 13, 10

Positions = npt.NDArray[np.int64]


class NotCleanError(Exception):
    """A stretch of the file is not provably well formed: read it record by record."""


def batch_schema(columns: int) -> pa.Schema:
    """The shape of every batch: `_line_number` int64, then `c0` … as string."""
    fields = [("_line_number", pa.int64()), *((f"c{i}", pa.string()) for i in range(columns))]
    return pa.schema(fields)


@dataclass(frozen=True)
class Block:
    """A parsed stretch: its rows, the position after it, and the physical line number after it."""

    batch: pa.RecordBatch
    end: int
    next_line: int


class BlockReader:
    """Parses stretches of `data`, which is a whole file; holds no state between them."""

    def __init__(self, data: Data, dialect: Dialect, limits: Limits, columns: Columns, end: int) -> None:
        """Prepare for `data` up to the byte `end` in `dialect` with these columns."""
        self._data, self._size, self._limits, self._columns = data, end, limits, columns
        self._buffer = pa.py_buffer(data)
        self._bytes: npt.NDArray[np.uint8] = np.frombuffer(data, np.uint8)
        self._quote = dialect.quote.encode() if dialect.quote else None
        self._escape = dialect.escape.encode() if dialect.escape else None
        doubled = [dialect.quote] if dialect.quote and not dialect.escape else []
        self._may_precede_quote = _table("\n", dialect.delimiter, *doubled)
        self._may_follow_quote = _table("\r", "\n", dialect.delimiter, *doubled)
        self._schema = batch_schema(columns.count)
        self._names = [f"c{i}" for i in range(columns.width)]
        self._row_checks = RowChecks(dialect, columns)
        self._parse_options = pa.csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=bool(doubled),
            newlines_in_values=True,
            ignore_empty_lines=False,
        )
        self._convert_options = pa.csv.ConvertOptions(
            column_types={name: pa.string() for name in self._names}, strings_can_be_null=False
        )

    def read(self, start: int, line: int, window: int) -> Block:
        """Parse the whole records within `window` bytes of `start`, where one starts on physical `line`.

        Raises NotCleanError when that is not proven to give what the careful way gives.
        """
        stop = min(start + window, self._size)
        if self._quote and self._data.find(self._quote, start, stop) >= 0:
            end, lines, row_lines = self._quoted_extent(start, stop)
        else:
            end, lines, row_lines = self._plain_extent(start, stop)
        self._check_bytes(start, end)
        batch = self._parse(start, end)
        if batch.num_rows != len(row_lines):
            raise NotCleanError("pyarrow sees other records")
        if fault := self._row_checks.fault(batch):
            raise NotCleanError(fault)
        arrays = [pa.array(row_lines + line), *(batch.column(place) for place in self._columns.kept)]
        return Block(pa.RecordBatch.from_arrays(arrays, schema=self._schema), end, line + lines)

    def try_read(self, start: int, line: int, window: int) -> Block | None:
        """The same, or None where it would raise NotCleanError."""
        try:
            return self.read(start, line, window)
        except NotCleanError:
            return None

    def _plain_extent(self, start: int, stop: int) -> tuple[int, int, Positions]:
        """Where the last whole record ends, how many lines that is, and each record's line (0 the first)."""
        end = stop if stop == self._size else self._data.rfind(b"\n", start, stop) + 1
        if end <= start:
            raise NotCleanError("no whole record in the window")
        record = start
        while end - record > self._limits.max_record_bytes:
            # Every record up to the last line end within reach of the limit is within the limit.
            record = self._data.rfind(b"\n", record, record + self._limits.max_record_bytes + 1) + 1
            if record == 0:
                raise NotCleanError("record too long")
        lines = int(np.count_nonzero(self._bytes[start:end] == _LF))
        return end, lines, np.arange(lines + (self._bytes[end - 1] != _LF), dtype=np.int64)

    def _quoted_extent(self, start: int, stop: int) -> tuple[int, int, Positions]:
        """The same where there are quotes, each of which is checked."""
        window = self._bytes[start:stop]
        quotes = np.flatnonzero(window == ord(self._quote or b""))
        line_ends = np.flatnonzero(window == _LF)
        outside = np.flatnonzero(np.searchsorted(quotes, line_ends) % 2 == 0)
        record_ends = line_ends[outside]
        if stop == self._size:
            size, lines = len(window), len(line_ends)
            if size != (record_ends[-1] + 1 if len(record_ends) else 0):
                record_ends = np.append(record_ends, size)
        elif len(record_ends):
            size, lines = int(record_ends[-1]) + 1, int(outside[-1]) + 1
            quotes = quotes[: np.searchsorted(quotes, size)]
        else:
            raise NotCleanError("no whole record in the window")
        self._check_quotes(window[:size], quotes)
        lengths = np.diff(record_ends, prepend=-1) - 1
        if lengths.max() > self._limits.max_record_bytes:
            raise NotCleanError("record too long")
        row_lines = np.concatenate(([0], outside + 1))[: len(record_ends)]
        return start + size, lines, row_lines.astype(np.int64)

    def _check_quotes(self, window: npt.NDArray[np.uint8], quotes: Positions) -> None:
        """Every opening quote starts a field and every closing one ends it, or the two are a doubled quote.

        pyarrow reads a stray quote without a word, so this is the only guard against it.
        """
        if len(quotes) % 2:
            raise NotCleanError("a quote is left open")
        opening, closing = quotes[0::2], quotes[1::2]
        if len(opening) and opening[0] == 0:
            opening = opening[1:]
        if len(closing) and closing[-1] == len(window) - 1:
            closing = closing[:-1]
        before, after = window.take(opening - 1), window.take(closing + 1)
        if not (self._may_precede_quote.take(before).all() and self._may_follow_quote.take(after).all()):
            raise NotCleanError("stray quote")

    def _check_bytes(self, start: int, end: int) -> None:
        find = self._data.find
        if find(b"\0", start, end) >= 0 or (self._escape and find(self._escape, start, end) >= 0):
            raise NotCleanError("NUL or escape")
        if self._data[start : start + 3] == BOM:
            raise NotCleanError("pyarrow would strip what looks like a byte order mark")
        if end == self._size and self._data[max(start, end - 3) : end].rstrip(b"\r\n").endswith(b"\x1a"):
            raise NotCleanError("perhaps the end mark of DOS")
        if find(b"\r", start, end) < 0:
            return
        window = self._bytes[start:end]
        returns = np.flatnonzero(window == _CR)
        if returns[-1] == len(window) - 1 or not (window[returns + 1] == _LF).all():
            raise NotCleanError("CR without LF")

    def _parse(self, start: int, end: int) -> pa.RecordBatch:
        read_options = pa.csv.ReadOptions(column_names=self._names, block_size=end - start + 1, use_threads=False)
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(self._buffer.slice(start, end - start)),
                read_options=read_options,
                parse_options=self._parse_options,
                convert_options=self._convert_options,
            )
        except pa.ArrowInvalid as error:
            raise NotCleanError(str(error)) from error
        (batch,) = table.combine_chunks().to_batches()
        return batch


def _table(*characters: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[[ord(c) for c in characters]] = True
    return table
