"""Newline-delimited JSON into a table of text as sent: one flat object a line, checked in bulk, else one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from loaders.errors import FileRefusedError
from loaders.printable import has_hidden, seen
from loaders.reading.decode import Limits
from loaders.reading.insert import Insert
from loaders.reading.json_layout import Layout, path_of
from loaders.reading.json_values import BadLineError, cells_of, flat_object, folded
from loaders.reading.line_blocks import LineBlock, line_blocks
from loaders.reading.mapped_file import BOM, MappedFile, mapped
from loaders.reading.unreadable import UnreadableLine, raw_text_of

BLOCK_BYTES = 4 << 20
_SAMPLE_BYTES = 64 << 10
_BLANK = b" \t\r\n"
_UNREADABLE_OVERHEAD_BYTES = 256

SCHEMA = pa.schema([
    ("_line_number", pa.int64()),
    ("line", pa.string()),
    ("_extra", pa.map_(pa.string(), pa.string())),
])  # fmt: skip
"""What is read: lines as sent, or lines of JSON that is flat and of which all cells are text, as they land."""

# A line is clean if it fits the file's layout, or if DuckDB's parser takes it and every way in which that is more
# lenient than RFC 8259, or turns a number into another text, is ruled out; then its cells are what `_row` would give.
# All of a line's keys are declared and none comes twice exactly if there are as many keys as declared columns with a
# type. Only of lines that do not fit is there `other`, which is the line, and `tail`, what comes last before its end.
_CLEAN = """(fits or coalesce(
    len(keys) = list_count(types)
    and not list_contains(types, 'BIGINT') and not list_contains(types, 'DOUBLE')
    and not list_contains(types, 'ARRAY') and not list_contains(types, 'OBJECT')
    and other[1] = '{' and tail[-1] = '}' and tail[-2] not in (',', ' ', chr(9), chr(13))
    and not contains(other, '\\u0000') and strlen(other) <= {longest},
    false
))"""
_LOOKED_AT = """(
    select
        *,
        case when not fits then line end as other,
        rtrim(right(other, 8), chr(13) || chr(10)) as tail,
        case when json_valid(other) then json_keys(other) end as keys,
        case when keys is not null then json_type(other, [{paths}]) end as types,
        case when keys is not null then json_extract_string(other, [{paths}]) end as texts
    from (
        select *, {fits} and not contains(line, '\\u0000') and strlen(line) <= {longest} as fits
        from (select *, {sent} as sent from file_rows)
    )
)"""


class JsonLinesFile(MappedFile):
    """One plain local file of newline-delimited JSON, opened for reading; a context manager.

    A string lands as its text, a number or boolean as it is written, null as '', a missing key as null. A nested value
    under an undeclared key lands as JSON; under a declared one it is no value. Blank lines are skipped.

    After `read_into`, `row_count` is the number of readable rows, and `unreadable` holds the lines that were not.
    """

    header: None = None
    schema = SCHEMA

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        limits: Limits,
        *,
        refuse_undeclared: bool = False,
        names_loosely: bool = False,
        identifiers: Sequence[str] = (),
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Open the file; `columns` are the declared keys, and `refuse_undeclared` whether there may be no others; a
        line with a key that is `folded` like a declared one, by `names_loosely`, is rejected, and with one that is like
        one of the `identifiers`, loosely, which the line lacks; `block_bytes` is how much is parsed at once, 0 reads
        every line by itself.

        Raises FileRefusedError with code `invalid_encoding` (UTF-16) or `not_ndjson` (one JSON array).
        """
        self.unreadable: list[UnreadableLine] = []
        self.row_count = 0
        self._names, self._limits, self._block_bytes = list(columns), limits, block_bytes
        self._declared, self._refuse_undeclared = set(columns), refuse_undeclared
        self._loosely = names_loosely
        self._folded = {folded(name, loosely=names_loosely) for name in columns}
        self._identifiers = {folded(name, loosely=True): name for name in identifiers}
        self._unreadable_bytes = 0
        super().__init__(mapped(path))
        start = self._data[:_SAMPLE_BYTES]
        self._start = len(BOM) if start.startswith(BOM) else 0
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self.close()
            raise FileRefusedError("invalid_encoding", "the file is UTF-16: ask the partner for UTF-8", 1, 0)
        if start[self._start :].lstrip(_BLANK).startswith(b"["):
            self.close()
            raise FileRefusedError("not_ndjson", "the file is a JSON array: ask for one object a line", 1, 0)
        self._layout = Layout.learn(self._samples(start[self._start :]))
        self._longest = str(limits.max_record_bytes)

    def read_into(self, insert: Insert) -> None:
        """Have all readable rows inserted: the clean lines at once; then, if there are others, those made clean.

        Raises FileRefusedError with code `invalid_encoding` (with the place of the bad byte), `truncated_file` (the
        last line has no end and is no JSON), `undeclared_column`, `too_many_unreadable` or `too_many_rows`, maybe
        after some rows were inserted.
        """
        line_count = clean_count = 0

        def all_lines() -> Iterator[pa.RecordBatch]:
            nonlocal line_count
            for block in self._blocks():
                line_count += block.line_count
                yield _as_sent(block, block.first_line)

        if self._block_bytes:
            extra = "cast(null as map(varchar, varchar)) as _extra"
            looked_at = f"{self._looked_at(all_json=True)} where {self._clean}"
            clean_count = insert(all_lines(), f"(select _line_number, {self._cells()} {extra} from {looked_at})")
        if clean_count < line_count or not self._block_bytes:
            looked_at = self._looked_at(all_json=True)
            insert(self.others(), f"(select _line_number, {self._cells()} _extra from {looked_at})")
        self.row_count += clean_count
        self._check_count()

    def others(self) -> Iterator[pa.RecordBatch]:
        """Yield the lines that are not clean but readable, made clean; `unreadable` holds those that are not readable.

        With `block_bytes` 0 no line counts as clean, and these are all. `row_count` is the number of those yielded.
        """
        self.row_count = self._unreadable_bytes = 0
        self.unreadable.clear()
        parser = duckdb.connect()
        query = f"select _line_number from {self._looked_at(all_json=False)} where not {self._clean} order by all"
        for block in self._blocks():
            unclean: Sequence[int] = range(block.line_count)
            if self._block_bytes:
                parser.register("file_rows", pa.Table.from_batches([_as_sent(block, 0)]))
                unclean = [number for (number,) in parser.execute(query).fetchall()]
            rows = self._one_by_one(block, unclean)
            self.row_count += len(rows)
            yield from rows.to_batches()

    def _blocks(self) -> Iterator[LineBlock]:
        return line_blocks(self._data, self._start, self._block_bytes)

    @property
    def _clean(self) -> str:
        return _CLEAN.replace("{longest}", self._longest)

    def _looked_at(self, *, all_json: bool) -> str:
        """SQL of the lines in `file_rows`, with all that is needed to tell whether they are clean."""
        return (
            _LOOKED_AT.replace("{paths}", ", ".join(map(path_of, self._names)))
            .replace("{fits}", self._layout.fits())
            .replace("{longest}", self._longest)
            .replace("{sent}", self._layout.sent(all_json=all_json))
        )

    def _cells(self) -> str:
        """SQL of the cells of a clean line."""
        return "".join(
            f"case when fits then {self._layout.cell(name)} "
            f"when list_contains(types, 'NULL') and types[{i}] = 'NULL' then '' else texts[{i}] end as c{i - 1}, "
            for i, name in enumerate(self._names, 1)
        )

    def _samples(self, start: bytes) -> list[tuple[str, dict[str, Any]]]:
        """The whole lines at the start of the file that are flat objects of declared keys."""
        samples: list[tuple[str, dict[str, Any]]] = []
        for line in start[: start.rfind(b"\n") + 1].splitlines(keepends=True):
            with suppress(BadLineError, UnicodeDecodeError):
                if (sent := flat_object(line.decode(), self._declared)) is not None:
                    samples.append((line.decode(), sent))
        return samples

    def _one_by_one(self, block: LineBlock, places: Sequence[int]) -> pa.Table:
        """The lines at these places of the block that are good all the same."""
        rows: list[dict[str, Any]] = []
        for place in places:
            start, end = int(block.offsets[place]), int(block.offsets[place + 1])
            raw = bytes(block.text[start:end])
            line = raw.rstrip(b"\r\n")
            if not line.strip(_BLANK):
                continue
            at = block.first_line + place, block.position + start
            try:
                rows.append(self._row(*at, line))
            except BadLineError as bad:
                if bad.code == "invalid_json" and block.position + end == len(self._data) and not raw.endswith(b"\n"):
                    message = "the file ends in the middle of a line: it was cut, ask for it again"
                    raise FileRefusedError("truncated_file", message, *at, raw_text_of(line)) from bad
                self._reject(UnreadableLine(*at, bad.code, raw_text_of(line)))
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def _row(self, number: int, position: int, line: bytes) -> dict[str, Any]:
        """The line as a row of SCHEMA: its declared cells as JSON of which all values are text, the others apart."""
        if len(line) > self._limits.max_record_bytes:
            raise BadLineError("record_too_long")
        cells = cells_of(line.decode(), self._declared)
        extra = [(name, cell) for name, cell in cells.items() if name not in self._declared]
        if any(self._means_another(name, cells) for name, _ in extra):
            raise BadLineError("inexact_column")  # what it says would count for nothing, as in CSV
        if len({seen(name) for name in cells}) < len(cells):
            raise BadLineError("duplicate_key")
        if extra and self._refuse_undeclared:
            message = f"the line has undeclared keys {sorted(name for name, _ in extra)}"
            raise FileRefusedError("undeclared_column", message, number, position, raw_text_of(line))
        again = json.dumps({name: cell for name, cell in cells.items() if name in self._declared}, ensure_ascii=False)
        return {"_line_number": number, "line": again, "_extra": extra or None}

    def _means_another(self, name: str, cells: Mapping[str, str]) -> bool:
        """Whether an undeclared key is a declared one that is written otherwise."""
        meant = self._identifiers.get(folded(name, loosely=True))
        is_identifier = meant is not None and meant not in cells
        return has_hidden(name) or folded(name, loosely=self._loosely) in self._folded or is_identifier

    def _reject(self, line: UnreadableLine) -> None:
        self.unreadable.append(line)
        self._unreadable_bytes += len(line.raw_text) + _UNREADABLE_OVERHEAD_BYTES
        if self._unreadable_bytes > self._limits.max_unreadable_bytes:
            message = f"{len(self.unreadable)} lines are unreadable so far: is the format declared right?"
            raise FileRefusedError("too_many_unreadable", message, line.line_number, line.byte_offset)

    def _check_count(self) -> None:
        limit = self._limits.max_rows
        if limit is not None and self.row_count + len(self.unreadable) > limit:
            raise FileRefusedError("too_many_rows", f"the file has more than {limit} records")


def _as_sent(block: LineBlock, first: int) -> pa.RecordBatch:
    """The lines of a block as a batch of SCHEMA, numbered from `first`."""
    lines = block.lines()
    numbers = pa.array(np.arange(first, first + len(lines)))
    return pa.RecordBatch.from_arrays(
        [numbers, lines, pa.nulls(len(lines), SCHEMA.field("_extra").type)], schema=SCHEMA
    )
