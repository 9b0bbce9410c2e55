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
    ("has_null", pa.bool_()),
    ("_extra", pa.map_(pa.string(), pa.string())),
])  # fmt: skip
"""What is read: lines of JSON that is flat, its cells all text, numbers or booleans as they land, or null."""

# A line is clean if DuckDB's parser takes it and every way in which that is more lenient than RFC 8259, or turns a
# number into another text, is ruled out; then its cells are what `_row` would give. All of a line's keys are declared
# and none comes twice exactly if there are as many keys as declared columns with a type.
_CLEAN = """coalesce(
    len(keys) = list_count(types)
    and not list_contains(types, 'BIGINT') and not list_contains(types, 'DOUBLE')
    and not list_contains(types, 'ARRAY') and not list_contains(types, 'OBJECT')
    and line[1] = '{' and line[-1] = '}' and line[-2] not in (',', ' ', chr(9), chr(13))
    and not contains(line, '\\u0000') and strlen(line) <= $longest,
    false
)"""
_LOOKED_AT = f"""
select line_number, {_CLEAN} as is_clean, list_contains(types, 'NULL') as has_null
from (
    select
        line_number,
        line,
        case when json_valid(line) then json_keys(line) end as keys,
        case when keys is not null then json_type(line, $paths) end as types
    from lines
)
where not is_clean or has_null
"""


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
        self._paths = [f'$."{name}"' for name in self._names]
        self._parser = duckdb.connect()
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

    @property
    def relation(self) -> str:
        """SQL that makes `_line_number`, `c0` … and `_extra` of the batches, registered as `file_rows`."""
        paths = ", ".join(f"'{path}'" for path in self._paths)
        cells = "".join(
            f"case when types[{i}] = 'NULL' then '' else texts[{i}] end as c{i - 1}, "
            for i in range(1, len(self._names) + 1)
        )
        return f"""(
            select _line_number, {cells} _extra
            from (
                select
                    _line_number, _extra, json_extract_string(line, [{paths}]) as texts,
                    case when has_null then json_type(line, [{paths}]) end as types
                from file_rows
            )
        )"""

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all readable lines, for `relation` to cut into cells, and collect the unreadable ones.

        Raises FileRefusedError with code `invalid_encoding` (with the place of the bad byte), `truncated_file` (the
        last line has no end and is no JSON), `too_many_rows` or `too_many_unreadable`, maybe after some batches.
        """
        self.row_count, self._unreadable_bytes = 0, 0
        self.unreadable.clear()
        position, line = self._offset, 1
        while position < self._size:
            block = self._block(position)
            for batch in self._batches(block, position, line):
                self.row_count += batch.num_rows
                yield batch
            self._check_count()
            position, line = position + len(block), line + block.count(b"\n")

    def _block(self, position: int) -> bytes:
        """Whole lines from `position` on; more than `block_bytes` only if one line has more."""
        self._file.seek(position)
        block = self._file.read(max(self._block_bytes, 1))
        while position + len(block) < self._size and b"\n" not in block:
            block += self._file.read(self._limits.max_record_bytes)
        return block if position + len(block) == self._size else block[: block.rindex(b"\n") + 1]

    def _batches(self, block: bytes, position: int, line: int) -> Iterator[pa.RecordBatch]:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            raise self._invalid_encoding(block, error.start, position, line) from error
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == _LF) + 1
        if not len(ends) or ends[-1] != len(block):
            ends = np.append(ends, len(block))
        offsets = np.concatenate(([0], ends)).astype(np.int32)
        sent = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
        numbers = np.arange(line, line + len(ends))
        lines = pa.table({"line_number": numbers, "line": pa.compute.utf8_rtrim(sent, "\r\n")})
        unclean, has_null = self._look_at(lines)
        if unclean.any():
            places = [(int(numbers[i]), int(offsets[i]), int(offsets[i + 1])) for i in np.flatnonzero(unclean)]
            rows = self._one_by_one(block, position, places)
            if len(rows):
                yield from rows.to_batches()
        nothing = pa.nulls(len(ends), SCHEMA.field("_extra").type)
        whole = pa.Table.from_arrays([*lines.columns, pa.array(has_null), nothing], schema=SCHEMA)
        yield from whole.filter(pa.array(~unclean)).to_batches() if unclean.any() else whole.to_batches(_BATCH_ROWS)

    def _look_at(self, lines: pa.Table) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Of each line, whether it is not clean, and whether it has a null."""
        unclean, has_null = np.zeros(len(lines), np.bool_), np.zeros(len(lines), np.bool_)
        if not self._block_bytes:
            return ~unclean, has_null
        first = lines.column("line_number")[0].as_py()
        chunks = pa.Table.from_batches(lines.combine_chunks().to_batches(_BATCH_ROWS))
        self._parser.register("lines", chunks)
        parameters = {"paths": self._paths, "longest": self._limits.max_record_bytes}
        for number, is_clean, null in self._parser.execute(_LOOKED_AT, parameters).fetchall():
            unclean[number - first], has_null[number - first] = not is_clean, bool(null)
        self._parser.unregister("lines")
        return unclean, has_null

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
        return {"_line_number": number, "line": again, "has_null": False, "_extra": extra or None}

    def _reject(self, line: UnreadableLine) -> None:
        self.unreadable.append(line)
        self._check_count()
        self._unreadable_bytes += len(line.raw_text) + _UNREADABLE_OVERHEAD_BYTES
        if self._unreadable_bytes > self._limits.max_unreadable_bytes:
            message = f"{len(self.unreadable)} lines are unreadable so far: is the format declared right?"
            raise FileRefusedError("too_many_unreadable", message, line.line_number, line.byte_offset)

    def _check_count(self) -> None:
        limit = self._limits.max_rows
        if limit is not None and self.row_count + len(self.unreadable) > limit:
            raise FileRefusedError("too_many_rows", f"the file has more than {limit} records")

    def _invalid_encoding(self, block: bytes, bad: int, position: int, line: int) -> FileRefusedError:
        start = block.rfind(b"\n", 0, bad) + 1
        end = block.find(b"\n", bad)
        message = f"byte 0x{block[bad]:02x} is not UTF-8: ask the partner for UTF-8"
        text = raw_text_of(block[start : end if end >= 0 else len(block)])
        return FileRefusedError("invalid_encoding", message, line + block.count(b"\n", 0, bad), position + bad, text)


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
