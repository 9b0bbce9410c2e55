"""CSV by the block: megabytes at once through pyarrow, for stretches that are provably well formed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from loaders.reading.csv_columns import Columns
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
        self._is_blank = _table(*dialect.blanks, dialect.delimiter)
        self._header = columns.names[0].encode() if columns.names else None
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
        self._check_rows(batch)
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
        is_end = self._bytes[start:end] == _LF
        if is_end[0] or (is_end[1:] & is_end[:-1]).any():
            raise NotCleanError("blank line")
        record = start
        while end - record > self._limits.max_record_bytes:
            # Every record up to the last line end within reach of the limit is within the limit.
            record = self._data.rfind(b"\n", record, record + self._limits.max_record_bytes + 1) + 1
            if record == 0:
                raise NotCleanError("record too long")
        lines = int(np.count_nonzero(is_end))
        return end, lines, np.arange(lines + (not is_end[-1]), dtype=np.int64)

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
        if (window[record_ends[lengths < 2] - 1] == _CR).any() or not lengths.all():
            raise NotCleanError("blank line")
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
        if self._quote is None or find(self._quote, start, end) < 0:
            before = returns[returns > 0] - 1
            if returns[0] == 0 or (window[before] == _LF).any():
                raise NotCleanError("blank line")

    def _check_rows(self, batch: pa.RecordBatch) -> None:
        """No row is blank or the header once more, and no value without a column is filled."""
        for place in self._columns.nameless:
            if pc.any(pc.not_equal(batch.column(place), "")).as_py():
                raise NotCleanError("a value without a column")
        lengths, firsts = _shapes(batch.column(self._columns.kept[0]))
        rows = np.flatnonzero((lengths == 0) | self._is_blank.take(firsts))
        if len(rows) and self._has_blank(batch, rows):
            raise NotCleanError("blank line")
        if self._header is not None:
            size = len(self._header)
            same = (lengths == size) & (firsts == self._header[0]) | (lengths == size + len(BOM)) & (firsts == BOM[0])
            rows = np.flatnonzero(same)
            if len(rows) and self._has_header(batch, rows):
                raise NotCleanError("the header once more")

    def _has_blank(self, batch: pa.RecordBatch, rows: Positions) -> bool:
        """Whether one of these rows has nothing but blanks."""
        for place in self._columns.kept:
            lengths, firsts = (shape.take(rows) for shape in _shapes(batch.column(place)))
            rows = rows[(lengths == 0) | self._is_blank.take(firsts)]
            if not len(rows):
                return False
        few = batch.take(pa.array(rows))
        blank = [pc.equal(pc.utf8_trim(few.column(place), " \t"), "").to_numpy(False) for place in self._columns.kept]
        return bool(np.logical_and.reduce(blank).any())

    def _has_header(self, batch: pa.RecordBatch, rows: Positions) -> bool:
        """Whether one of these rows is the header (C52)."""
        few = batch.take(pa.array(rows))
        cells = zip(*(few.column(place).to_pylist() for place in self._columns.kept), strict=True)
        return any(map(self._columns.is_header, cells))

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


def _shapes(values: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The length in bytes and the first byte of each value, that of an empty one being any."""
    _, offsets_buffer, data = values.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[values.offset : values.offset + len(values) + 1]
    starts = offsets[:-1]
    if not data or not data.size:
        return np.diff(offsets), np.zeros(len(values), np.uint8)
    return np.diff(offsets), np.frombuffer(data, np.uint8).take(starts, mode="clip")


def _table(*characters: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[[ord(c) for c in characters]] = True
    return table
