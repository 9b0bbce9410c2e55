"""Newline-delimited JSON into a table of text as sent: one flat object a line, checked in bulk, else one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from loaders.errors import FileRefusedError
from loaders.reading.csv_records import UnreadableLine, raw_text_of
from loaders.reading.decode import Limits

BLOCK_BYTES = 16 << 20
MAX_DEPTH = 32
_BATCH_ROWS = 16_384
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_LF = 10
_UNREADABLE_OVERHEAD_BYTES = 256
_NESTED = (dict, list)

SCHEMA = pa.schema([
    ("_line_number", pa.int64()),
    ("line", pa.string()),
    ("_extra", pa.map_(pa.string(), pa.string())),
])  # fmt: skip
"""What is read: lines as sent, or lines of JSON that is flat and of which all cells are text, as they land."""

# A line is clean if DuckDB's parser takes it and every way in which that is more lenient than RFC 8259, or turns a
# number into another text, is ruled out; then its cells are what `_row` would give. All of a line's keys are declared
# and none comes twice exactly if there are as many keys as declared columns with a type.
_CLEAN = """coalesce(
    len(keys) = list_count(types)
    and not list_contains(types, 'BIGINT') and not list_contains(types, 'DOUBLE')
    and not list_contains(types, 'ARRAY') and not list_contains(types, 'OBJECT')
    and line[1] = '{' and line[-1] = '}' and line[-2] not in (',', ' ', chr(9), chr(13))
    and not contains(line, '\\u0000') and strlen(line) <= {longest},
    false
)"""
_LOOKED_AT = """(
    select
        _line_number,
        line,
        _extra,
        case when json_valid(line) then json_keys(line) end as keys,
        case when keys is not null then json_type(line, [{paths}]) end as types,
        case when keys is not null then json_extract_string(line, [{paths}]) end as texts
    from file_rows
)"""


class JsonLinesFile:
    """One plain local file of newline-delimited JSON, opened for reading; a context manager.

    A string lands as its text, a number or boolean as it is written, null as '', a missing key as null. A nested value
    under an undeclared key lands as JSON; under a declared one it is no value. Blank lines are skipped.
    """

    header: None = None
    schema = SCHEMA

    def __init__(self, path: Path, columns: Sequence[str], limits: Limits, *, block_bytes: int = BLOCK_BYTES) -> None:
        """Open the file; `columns` are the declared keys; `block_bytes` is how much is parsed at once, 0 reads
        every line by itself.

        Raises FileRefusedError with code `invalid_encoding` (UTF-16) or `not_ndjson` (one JSON array).
        """
        self.unreadable: list[UnreadableLine] = []
        self.row_count = 0
        self._names, self._limits, self._block_bytes = list(columns), limits, block_bytes
        self._declared = set(columns)
        self._unreadable_bytes = 0
        self._looked_at = _LOOKED_AT.replace("{paths}", ", ".join(f"'$.\"{name}\"'" for name in self._names))
        self._clean = _CLEAN.replace("{longest}", str(limits.max_record_bytes))
        self.line_count = 0
        self._file = path.open("rb")
        start = self._file.read(1 << 16)
        self._offset = len(_BOM) if start.startswith(_BOM) else 0
        self._size = self._file.seek(0, 2)
        self.is_empty = self._size == self._offset
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self.close()
            raise FileRefusedError("invalid_encoding", "the file is UTF-16: ask the partner for UTF-8", 1, 0)
        if start[self._offset :].lstrip(_BLANK).startswith(b"["):
            self.close()
            raise FileRefusedError("not_ndjson", "the file is a JSON array: ask for one object a line", 1, 0)

    def __enter__(self) -> JsonLinesFile:
        """The file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def relation(self, *, clean_only: bool = True) -> str:
        """SQL that makes `_line_number`, `c0` … and `_extra` of the batches, registered as `file_rows`."""
        cells = "".join(
            f"case when list_contains(types, 'NULL') and types[{i}] = 'NULL' then '' else texts[{i}] end as c{i - 1}, "
            for i in range(1, len(self._names) + 1)
        )
        return (
            f"(select _line_number, {cells} _extra from {self._looked_at} where {self._clean if clean_only else True})"
        )

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all lines as sent, for `relation` to pick the clean ones from; `line_count` says how many there were.

        Raises FileRefusedError with code `invalid_encoding` (with the place of the bad byte), maybe after some batches.
        """
        self.line_count = 0
        for block, _, line in self._blocks():
            offsets = _line_offsets(block)
            self.line_count += len(offsets) - 1
            sent = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(block))
            lines = pa.compute.utf8_rtrim(sent, "\r\n")
            numbers = pa.array(np.arange(line, line + len(lines)))
            nothing = pa.nulls(len(lines), SCHEMA.field("_extra").type)
            whole = pa.RecordBatch.from_arrays([numbers, lines, nothing], schema=SCHEMA)
            for at in range(0, len(whole), _BATCH_ROWS):
                yield whole.slice(at, _BATCH_ROWS)

    def read_others(self) -> Iterator[pa.RecordBatch]:
        """Yield the lines that are not clean but readable, made clean, and collect the unreadable ones.

        `row_count` is the number of those yielded. Raises FileRefusedError with code `truncated_file` (the last line
        has no end and is no JSON) or `too_many_unreadable`, maybe after some batches.
        """
        self.row_count, self._unreadable_bytes = 0, 0
        self.unreadable.clear()
        parser = duckdb.connect()
        for block, position, line in self._blocks():
            offsets = _line_offsets(block)
            unclean: Sequence[int] = range(len(offsets) - 1)
            if self._block_bytes:
                sent = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(block))
                numbers = pa.array(np.arange(len(sent)))
                nothing = pa.nulls(len(sent), SCHEMA.field("_extra").type)
                lines = pa.Table.from_arrays([numbers, pa.compute.utf8_rtrim(sent, "\r\n"), nothing], schema=SCHEMA)
                parser.register("file_rows", lines)
                query = f"select _line_number from {self._looked_at} where not {self._clean} order by all"
                unclean = [number for (number,) in parser.execute(query).fetchall()]
            places = [(line + i, int(offsets[i]), int(offsets[i + 1])) for i in unclean]
            rows = self._one_by_one(block, position, places)
            self.row_count += len(rows)
            yield from rows.to_batches()

    def _blocks(self) -> Iterator[tuple[bytes, int, int]]:
        """Whole lines at a time, with their position and the number of the first."""
        position, line = self._offset, 1
        while position < self._size:
            block = self._block(position)
            try:
                block.decode()
            except UnicodeDecodeError as error:
                raise self._invalid_encoding(block, error.start, position, line) from error
            yield block, position, line
            position, line = position + len(block), line + block.count(b"\n")

    def _block(self, position: int) -> bytes:
        """Whole lines from `position` on; more than `block_bytes` only if one line has more."""
        self._file.seek(position)
        block = self._file.read(max(self._block_bytes, 1))
        while position + len(block) < self._size and b"\n" not in block:
            block += self._file.read(self._limits.max_record_bytes)
        return block if position + len(block) == self._size else block[: block.rindex(b"\n") + 1]

    def _one_by_one(self, block: bytes, position: int, places: list[tuple[int, int, int]]) -> pa.Table:
        """The lines at these places (number, start, end) of the block that are good all the same."""
        rows: list[dict[str, Any]] = []
        for number, start, end in places:
            raw = block[start:end].rstrip(b"\r\n")
            if not raw.strip(_BLANK):
                continue
            try:
                if len(raw) > self._limits.max_record_bytes:
                    raise _BadLineError("record_too_long")
                rows.append(self._row(number, raw.decode()))
            except _BadLineError as bad:
                if bad.code == "invalid_json" and position + end == self._size and block[end - 1 : end] != b"\n":
                    message = "the file ends in the middle of a line: it was cut, ask for it again"
                    raise FileRefusedError(
                        "truncated_file", message, number, position + start, raw_text_of(raw)
                    ) from bad
                self._reject(UnreadableLine(number, position + start, bad.code, raw_text_of(raw)))
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def _row(self, number: int, text: str) -> dict[str, Any]:
        try:
            sent = json.loads(
                text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
            )
        except (ValueError, RecursionError):
            raise _BadLineError("invalid_json") from None
        if not isinstance(sent, dict):
            raise _BadLineError("not_an_object")
        if _depth(sent) > MAX_DEPTH:
            raise _BadLineError("too_deep")
        if any(isinstance(value, _NESTED) for name, value in sent.items() if name in self._declared):
            raise _BadLineError("nested_value")
        cells = {name: _text(value) for name, value in sent.items()}
        if any("\0" in name + cell for name, cell in cells.items()):
            raise _BadLineError("nul_byte")
        try:
            text.encode(), "".join([*cells, *cells.values()]).encode()
        except UnicodeEncodeError:  # half a surrogate pair
            raise _BadLineError("invalid_json") from None
        extra = [(name, cell) for name, cell in cells.items() if name not in self._declared]
        again = json.dumps({name: cell for name, cell in cells.items() if name in self._declared}, ensure_ascii=False)
        return {"_line_number": number, "line": again, "_extra": extra or None}

    def _reject(self, line: UnreadableLine) -> None:
        self.unreadable.append(line)
        self._unreadable_bytes += len(line.raw_text) + _UNREADABLE_OVERHEAD_BYTES
        if self._unreadable_bytes > self._limits.max_unreadable_bytes:
            message = f"{len(self.unreadable)} lines are unreadable so far: is the format declared right?"
            raise FileRefusedError("too_many_unreadable", message, line.line_number, line.byte_offset)

    def check_count(self) -> None:
        """Raise FileRefusedError with code `too_many_rows` if there are more rows and unreadable lines than allowed."""
        limit = self._limits.max_rows
        if limit is not None and self.row_count + len(self.unreadable) > limit:
            raise FileRefusedError("too_many_rows", f"the file has more than {limit} records")

    def _invalid_encoding(self, block: bytes, bad: int, position: int, line: int) -> FileRefusedError:
        start = block.rfind(b"\n", 0, bad) + 1
        end = block.find(b"\n", bad)
        message = f"byte 0x{block[bad]:02x} is not UTF-8: ask the partner for UTF-8"
        text = raw_text_of(block[start : end if end >= 0 else len(block)])
        return FileRefusedError("invalid_encoding", message, line + block.count(b"\n", 0, bad), position + bad, text)


def _line_offsets(block: bytes) -> npt.NDArray[np.int32]:
    """Where each line starts, and where the last one ends."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LF) + 1
    if not len(ends) or ends[-1] != len(block):
        ends = np.append(ends, len(block))
    return np.concatenate(([0], ends)).astype(np.int32)


class _BadLineError(Exception):
    """A line is rejected with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Number(str):
    """A number as it is written: nothing turns it into a float."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _BadLineError("duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _depth(value: Any) -> int:
    if not isinstance(value, _NESTED):
        return 0
    return 1 + max((_depth(inner) for inner in (value.values() if isinstance(value, dict) else value)), default=0)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json(value) if isinstance(value, _NESTED) else str(value)


def _json(value: Any) -> str:
    """A nested value as JSON, its numbers as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(str(name))}:{_json(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
