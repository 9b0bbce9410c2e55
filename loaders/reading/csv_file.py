"""Partner CSV as Arrow batches of text as sent: by the block where provably clean, else by the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from loaders.errors import FileRefusedError
from loaders.reading.csv_blocks import BlockReader, batch_schema
from loaders.reading.csv_columns import Columns
from loaders.reading.csv_frame import frame_of
from loaders.reading.csv_header import Fault, header_faults
from loaders.reading.csv_records import RecordReader
from loaders.reading.decode import Limits
from loaders.reading.dialect import Dialect
from loaders.reading.encodings import text_of
from loaders.reading.insert import Insert
from loaders.reading.likeness import refuse_other_kinds
from loaders.reading.mapped_file import MappedFile, release
from loaders.reading.unreadable import UnreadableLine

BLOCK_BYTES = 2 << 20
_SMALLEST_BLOCK_BYTES = 16 << 10
_BATCH_ROWS = 8_192
_UNREADABLE_OVERHEAD_BYTES = 256


class CsvFile(MappedFile):
    """One plain local CSV file, opened for reading; a context manager.

    `header` is the names of its columns as sent (byte order mark stripped, those without a name left out), or None if
    the dialect has none or the file is empty. `columns` is the number of cells in a record. `is_empty`: not one
    record, not even a header. `row_count` counts the rows yielded so far, and `unreadable` holds what `read` rejected
    so far. `faults` is what is wrong with the header.

    Batches have `_line_number` (int64: the physical line, from 1, on which the record starts; CR, LF and
    CR LF each end a line) and `c0` to `c<n-1>` (string, never null). Blank lines, be they of blanks and delimiters, are
    skipped.
    """

    def __init__(
        self,
        source: Path | bytes,
        dialect: Dialect,
        limits: Limits,
        column_count: int | None = None,
        *,
        check: Callable[[Sequence[str]], list[Fault]] | None = None,
        keep_faults: bool = False,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Map the file and read its header; `column_count` is required where the dialect has no header.

        `check` gives what else is wrong with a header. `keep_faults`: they are not raised. `block_bytes` is how much
        is parsed at once; 0 reads every record by itself.

        Raises ValueError without a number of columns, and FileRefusedError with code `not_csv`, `invalid_encoding`,
        `wrong_delimiter`, `truncated_file` (no footer), `unreadable_header`, or the first of all that is wrong with
        the header, such as `duplicate_column` or `too_many_columns`.
        """
        if not dialect.header and not column_count:
            raise ValueError("a file without a header needs the number of its columns")
        self.header: list[str] | None = None
        self.header_line = 1
        self.faults: list[Fault] = []
        self.unreadable: list[UnreadableLine] = []
        self.row_count = 0
        self._dialect, self._limits, self._block_bytes = dialect, limits, block_bytes
        self._columns = self._columns_of(0 if dialect.header else column_count or 0)
        self._unreadable_bytes = 0
        refuse_other_kinds(source, dialect.encoding)
        self._text = text_of(source, dialect.encoding, limits)
        super().__init__(self._text.data)
        try:
            with self._places_as_sent():
                self._open(check, keep_faults)
        except BaseException:
            self.close()
            raise

    def _columns_of(self, header: Sequence[str] | int) -> Columns:
        dialect = self._dialect
        return Columns.of(header, trailing_delimiter=dialect.trailing_delimiter, fills=dialect.fill_missing_cells)

    def _open(self, check: Callable[[Sequence[str]], list[Fault]] | None, keep_faults: bool) -> None:
        frame = frame_of(self._data, self._dialect)
        self._end = frame.end
        records = self._records()
        self._start = records.skip_blank_lines(frame.start, frame.line, self._columns.least)
        self.is_empty = self._start[0] >= self._end
        if self._dialect.header and not self.is_empty:
            position, self.header_line = self._start
            self._read_header(records)
            self.faults = header_faults(self.header or [], self._limits, check)
            if self.faults and not keep_faults:
                message = "; ".join(message for _, message in self.faults)
                raise FileRefusedError(self.faults[0][0], message, self.header_line, position)
        elif self.columns > self._limits.max_columns:
            raise FileRefusedError(*header_faults([""] * self.columns, self._limits, None)[0])

    def _records(self) -> RecordReader:
        return RecordReader(self._data, self._dialect, self._limits, self._end)

    def _read_header(self, records: RecordReader) -> None:
        outcome, *after = records.read(*self._start, None)
        if isinstance(outcome, UnreadableLine):
            message = f"the header cannot be read ({outcome.code})"
            place = (outcome.line_number, outcome.byte_offset, outcome.raw_text)
            raise FileRefusedError("unreadable_header", message, *place)
        self._columns = self._columns_of(outcome)
        self.header = list(self._columns.names or ())
        self._start = (after[0], after[1])

    @property
    def columns(self) -> int:
        """The number of cells in a record."""
        return self._columns.count

    @property
    def schema(self) -> pa.Schema:
        """The shape of every batch: `_line_number` int64, then `c0` … as string."""
        return batch_schema(self.columns)

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all readable rows from the start and collect the unreadable lines.

        Where the file is provably well formed it is parsed by the block; only the surroundings of what is
        not go record by record. Raises FileRefusedError with code `invalid_encoding` (with the place of the bad byte),
        `truncated_file`, `too_many_rows` or `too_many_unreadable`, maybe after batches were yielded.

        A file counts as cut if its last record has no line end and too few values, or if a quote stays open
        to its end and no good record follows the line on which it opens.
        """
        self._rewind()
        if self.is_empty or not self.columns:
            return
        batches: list[pa.RecordBatch] = []
        rows = 0
        with self._places_as_sent():
            for batch in self._stretches():
                if batch.num_rows:
                    batches.append(batch)
                    rows += batch.num_rows
                if rows >= _BATCH_ROWS:
                    yield self._counted(pa.concat_batches(batches))
                    batches, rows = [], 0
            if batches:
                yield self._counted(pa.concat_batches(batches))

    def read_into(self, insert: Insert) -> None:
        """Have all readable rows inserted; raises as `read` does."""
        insert(self.read(), "file_rows")

    @contextmanager
    def _places_as_sent(self) -> Iterator[None]:
        """Refusals within name bytes of the file, not of its text."""
        try:
            yield
        except FileRefusedError as refusal:
            if refusal.byte_offset is not None:
                refusal.byte_offset = self._text.offset(refusal.byte_offset)
            raise

    def _stretches(self) -> Iterator[pa.RecordBatch]:
        records = self._records()
        blocks = BlockReader(self._data, self._dialect, self._limits, self._columns, self._end)
        smallest = min(_SMALLEST_BLOCK_BYTES, self._block_bytes)
        position, line = self._start
        window = self._block_bytes
        while position < self._end:
            before = position
            block = blocks.try_read(position, line, window) if window else None
            if block:
                batch, position, line = block.batch, block.end, block.next_line
                records.saw_good_records()
                window = min(self._block_bytes, window * 2)
            elif window > smallest:
                window = smallest
                continue
            else:
                batch, position, line = self._by_record(records, position, line, window)
            release(self._data, before, position)
            yield batch
        records.finish()

    def _by_record(
        self, records: RecordReader, position: int, line: int, window: int
    ) -> tuple[pa.RecordBatch, int, int]:
        """Read the records that start in the window (16 KiB if 0) one by one."""
        stop = min(position + (window or _SMALLEST_BLOCK_BYTES), self._end)
        rows: list[list[str]] = []
        lines: list[int] = []
        while True:
            if records.is_blank(position):
                position, line = records.skip_blank_lines(position, line, self._columns.least)
            if position >= stop:
                break
            start_line = line
            outcome, position, line = records.read(position, line, self._columns)
            if isinstance(outcome, UnreadableLine):
                self._reject(outcome)
            else:
                rows.append(outcome)
                lines.append(start_line)
        columns = zip(*rows, strict=True) if rows else [()] * self.columns
        arrays = [pa.array(lines, pa.int64()), *(pa.array(values, pa.string()) for values in columns)]
        return pa.RecordBatch.from_arrays(arrays, schema=batch_schema(self.columns)), position, line

    def _rewind(self) -> None:
        self.row_count = 0
        self.unreadable.clear()
        self._unreadable_bytes = 0

    def _counted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self.row_count += batch.num_rows
        self._check_count()
        return batch

    def _reject(self, line: UnreadableLine) -> None:
        self.unreadable.append(replace(line, byte_offset=self._text.offset(line.byte_offset)))
        self._check_count()
        self._unreadable_bytes += len(line.raw_text) + _UNREADABLE_OVERHEAD_BYTES
        if self._unreadable_bytes > self._limits.max_unreadable_bytes:
            message = f"{len(self.unreadable)} lines are unreadable so far: is the dialect declared right?"
            raise FileRefusedError("too_many_unreadable", message, line.line_number, line.byte_offset)

    def _check_count(self) -> None:
        limit = self._limits.max_rows
        if limit is not None and self.row_count + len(self.unreadable) > limit:
            raise FileRefusedError("too_many_rows", f"the file has more than {limit} records")
