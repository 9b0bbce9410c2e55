"""What is looked for in the rows of a block that pyarrow takes for records like any other (C52, C53)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loaders.reading.csv_columns import BLANKS, EDGES, Columns, bare
from loaders.reading.dialect import Dialect

_LONGER = 8
"""By so many bytes a cell may be longer than the name that it says, in dashes, blanks and what nobody sees."""
_Rows = npt.NDArray[np.int64]


class RowChecks:
    """Finds blank rows, the header once more, and values that belong to no column; cheap where there are none."""

    def __init__(self, dialect: Dialect, columns: Columns) -> None:
        """Prepare for batches of that many values a record."""
        self._columns = columns
        self._blanks = f"{dialect.blanks}{dialect.delimiter}".encode()
        self._is_blank = np.isin(np.arange(256), list(self._blanks))
        names = columns.folded_names
        self._may_begin_name = np.logical_or.reduce([_first_bytes(name) for name in names] or [np.zeros(256, bool)])
        self._name_sizes = pa.array(sorted({len(name) for name in names}), pa.int32())
        self._own = [(_first_bytes(name), len(bare(name)), len(name.encode()) + _LONGER) for name in names]

    def fault(self, batch: pa.RecordBatch) -> str | None:
        """Why the batch has to be read record by record; None if it need not."""
        if any(pc.any(pc.not_equal(batch.column(place), "")).as_py() for place in self._columns.nameless):
            return "a value without a column"
        if self._has_blank(batch):
            return "blank line"
        return "the header once more" if self._has_header(batch) or self._has_like_header(batch) else None

    def _has_blank(self, batch: pa.RecordBatch) -> bool:
        rows: _Rows | None = None  # those that are still looked at; None: all
        for place in self._columns.kept:
            starts, lengths, data = _shape(batch.column(place))
            if rows is not None:
                starts, lengths = starts[rows], lengths[rows]
            maybe = lengths == 0
            if any(blank in data for blank in self._blanks):
                maybe |= self._is_blank.take(np.frombuffer(data, np.uint8).take(starts, mode="clip"))
            if not maybe.any():
                return False
            rows = np.flatnonzero(maybe) if rows is None else rows[maybe]
        few = batch.take(pa.array(rows))
        blank = [pc.equal(pc.utf8_trim(few.column(place), " \t"), "").to_numpy(False) for place in self._columns.kept]
        return bool(np.logical_and.reduce(blank).any())

    def _has_header(self, batch: pa.RecordBatch) -> bool:
        if self._columns.names is None:
            return False
        rows = np.arange(batch.num_rows)  # those that are still looked at
        for place in self._columns.kept:
            starts, _, data = _shape(batch.column(place))
            first_bytes = np.frombuffer(data or b"\0", np.uint8).take(starts[rows], mode="clip")
            rows = rows[self._may_begin_name.take(first_bytes)]
            if not len(rows):
                return False
        for place in self._columns.kept:
            sizes = pc.utf8_length(pc.utf8_trim(batch.column(place).take(pa.array(rows)), EDGES))
            rows = rows[pc.is_in(sizes, self._name_sizes).to_numpy(False)]
        few = batch.take(pa.array(rows))
        cells = (few.column(place).to_pylist() for place in self._columns.kept)
        return any(self._columns.header_again(row) for row in zip(*cells, strict=True))

    def _has_like_header(self, batch: pa.RecordBatch) -> bool:
        """Whether there is a row of which several cells say the names of their columns."""
        if self._columns.names is None:
            return False
        counts = np.zeros(batch.num_rows, np.int32)
        for place, (first_bytes, least, most) in zip(self._columns.kept, self._own, strict=True):
            column = batch.column(place)
            _, offsets, data = column.buffers()  # of which nothing is copied: every batch comes here
            starts = np.frombuffer(offsets, np.int32)[column.offset : column.offset + batch.num_rows + 1]
            lengths = np.diff(starts)
            fitting = np.flatnonzero((lengths >= max(1, least)) & (lengths <= most))
            if len(fitting):
                begins = first_bytes.take(np.frombuffer(data, np.uint8).take(starts[fitting]))
                counts[fitting[begins]] += 1
        rows = np.flatnonzero(counts >= self._columns.several)
        if not len(rows):
            return False
        few = batch.take(pa.array(rows))
        same = np.zeros(len(rows), np.int32)
        for place, name in zip(self._columns.kept, self._columns.folded_names, strict=True):
            plain = pc.replace_substring_regex(pc.utf8_trim(few.column(place), EDGES), "[-_ ]", "")
            same += pc.equal(pc.utf8_length(plain), len(bare(name))).to_numpy(False)
        few = few.take(pa.array(np.flatnonzero(same >= self._columns.several)))
        cells = (few.column(place).to_pylist() for place in self._columns.kept)
        return any(self._columns.header_again(row) for row in zip(*cells, strict=True))


def _first_bytes(name: str) -> npt.NDArray[np.bool_]:
    """Which bytes a cell may begin with that is this name but for capitals, and what nobody sees before it."""
    found = np.arange(256) >= 0x80  # also the Kelvin sign, whose small letter is k
    if not name:
        return np.ones_like(found)
    found[list((BLANKS + name[0].lower() + name[0].upper()).encode())] = True
    return found


def _shape(values: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], bytes]:
    """Where each value starts, its length in bytes, and the bytes of all."""
    _, offsets, data = values.buffers()
    places = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return places[:-1], np.diff(places), data.to_pybytes() if data else b""
