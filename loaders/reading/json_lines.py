"""Newline-delimited JSON into a table of text as sent: one flat object a line, checked in bulk, else one by one."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loaders.errors import FileRefusedError
from loaders.reading.decode import Limits
from loaders.reading.json_layout import Layout, path_of
from loaders.reading.unreadable import Data, UnreadableLine, raw_text_of

BLOCK_BYTES = 4 << 20
MAX_DEPTH = 32
_SAMPLE_BYTES = 64 << 10
_RELEASE_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_LF = 10
_UNREADABLE_OVERHEAD_BYTES = 256
_NESTED = (dict, list)

Offsets = npt.NDArray[np.int32]
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


class JsonLinesFile:
    """One plain local file of newline-delimited JSON, opened for reading; a context manager.

    A string lands as its text, a number or boolean as it is written, null as '', a missing key as null. A nested value
    under an undeclared key lands as JSON; under a declared one it is no value. Blank lines are skipped.
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
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Open the file; `columns` are the declared keys, and `refuse_undeclared` whether there may be no others;
        `block_bytes` is how much is parsed at once, 0 reads every line by itself.

        Raises FileRefusedError with code `invalid_encoding` (UTF-16) or `not_ndjson` (one JSON array).
        """
        self.unreadable: list[UnreadableLine] = []
        self.row_count = 0
        self._names, self._limits, self._block_bytes = list(columns), limits, block_bytes
        self._declared, self._refuse_undeclared = set(columns), refuse_undeclared
        self._unreadable_bytes = 0
        self.line_count = 0
        with path.open("rb") as file:
            self._size = file.seek(0, 2)
            self._data: Data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._size else b""
        start = self._data[:_SAMPLE_BYTES]
        self._offset = len(_BOM) if start.startswith(_BOM) else 0
        self.is_empty = self._size == self._offset
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self.close()
            raise FileRefusedError("invalid_encoding", "the file is UTF-16: ask the partner for UTF-8", 1, 0)
        if start[self._offset :].lstrip(_BLANK).startswith(b"["):
            self.close()
            raise FileRefusedError("not_ndjson", "the file is a JSON array: ask for one object a line", 1, 0)
        self._layout = Layout.learn(self._samples(start[self._offset :]))
        self._longest = str(limits.max_record_bytes)
        looked_at = (
            _LOOKED_AT.replace("{paths}", ", ".join(map(path_of, self._names)))
            .replace("{fits}", self._layout.fits())
            .replace("{longest}", self._longest)
        )
        self._looked_at = looked_at.replace("{sent}", self._layout.sent(all_json=True))
        self._looked_at_again = looked_at.replace("{sent}", self._layout.sent(all_json=False))
        self._clean = _CLEAN.replace("{longest}", self._longest)

    def __enter__(self) -> JsonLinesFile:
        """The file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file; batches that were yielded stay valid."""
        # A traceback or an unfinished iterator can still look at the map: then it goes when they do.
        with suppress(BufferError):
            if isinstance(self._data, mmap.mmap):
                self._data.close()

    def relation(self, *, clean_only: bool = True) -> str:
        """SQL that makes `_line_number`, `c0` … and `_extra` of the batches, registered as `file_rows`."""
        cells = "".join(
            f"case when fits then {self._layout.cell(name)} "
            f"when list_contains(types, 'NULL') and types[{i}] = 'NULL' then '' else texts[{i}] end as c{i - 1}, "
            for i, name in enumerate(self._names, 1)
        )
        if not clean_only:
            return f"(select _line_number, {cells} _extra from {self._looked_at})"
        extra = "cast(null as map(varchar, varchar)) as _extra"
        return f"(select _line_number, {cells} {extra} from {self._looked_at} where {self._clean})"

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all lines as sent, for `relation` to pick the clean ones from; `line_count` says how many there were.

        Raises FileRefusedError with code `invalid_encoding` (with the place of the bad byte), maybe after some batches.
        """
        self.line_count = 0
        for block, offsets, _, line in self._blocks():
            self.line_count += len(offsets) - 1
            yield _as_sent(block, offsets, line)

    def read_others(self) -> Iterator[pa.RecordBatch]:
        """Yield the lines that are not clean but readable, made clean, and collect the unreadable ones.

        `row_count` is the number of those yielded. Raises FileRefusedError with code `truncated_file` (the last line
        has no end and is no JSON) or `too_many_unreadable`, maybe after some batches.
        """
        self.row_count, self._unreadable_bytes = 0, 0
        self.unreadable.clear()
        parser = duckdb.connect()
        for block, offsets, position, line in self._blocks():
            unclean: Sequence[int] = range(len(offsets) - 1)
            if self._block_bytes:
                parser.register("file_rows", pa.Table.from_batches([_as_sent(block, offsets, 0)]))
                query = f"select _line_number from {self._looked_at_again} where not {self._clean} order by all"
                unclean = [number for (number,) in parser.execute(query).fetchall()]
            places = [(line + i, int(offsets[i]), int(offsets[i + 1])) for i in unclean]
            rows = self._one_by_one(block, position, places)
            self.row_count += len(rows)
            yield from rows.to_batches()

    def _blocks(self) -> Iterator[tuple[memoryview, Offsets, int, int]]:
        """Whole lines at a time, with where each starts in the block, the block's position, and the first's number."""
        position, line = self._offset, 1
        while position < self._size:
            after = self._block_end(position)
            block = memoryview(self._data)[position:after]
            offsets = _line_offsets(block)
            try:
                _strings(block, offsets).validate(full=True)
            except pa.ArrowInvalid as error:
                raise self._invalid_encoding(bytes(block), position, line) from error
            yield block, offsets, position, line
            self._release(position, after)
            position, line = after, line + len(offsets) - 1

    def _block_end(self, position: int) -> int:
        """The end of the last line that ends within `block_bytes`, or of the first line."""
        cut = position + max(self._block_bytes, 1)
        if cut >= self._size:
            return self._size
        return (self._data.rfind(b"\n", position, cut) + 1) or (self._data.find(b"\n", cut) + 1) or self._size

    def _release(self, before: int, after: int) -> None:
        """Tell the kernel that spans before `after` are done with: else the map counts as our memory."""
        start, end = (position // _RELEASE_BYTES * _RELEASE_BYTES for position in (before, after))
        if end > start and isinstance(self._data, mmap.mmap):
            self._data.madvise(mmap.MADV_DONTNEED, start, end - start)

    def _one_by_one(self, block: memoryview, position: int, places: list[tuple[int, int, int]]) -> pa.Table:
        """The lines at these places (number, start, end) of the block that are good all the same."""
        rows: list[dict[str, Any]] = []
        for number, start, end in places:
            raw = bytes(block[start:end]).rstrip(b"\r\n")
            if not raw.strip(_BLANK):
                continue
            try:
                if len(raw) > self._limits.max_record_bytes:
                    raise _BadLineError("record_too_long")
                rows.append(self._row(number, raw.decode()))
                if rows[-1]["_extra"] and self._refuse_undeclared:
                    extra = sorted(name for name, _ in rows[-1]["_extra"])
                    message = f"the line has undeclared keys {extra}"
                    raise FileRefusedError("undeclared_column", message, number, position + start, raw_text_of(raw))
            except _BadLineError as bad:
                if bad.code == "invalid_json" and position + end == self._size and block[end - 1] != _LF:
                    message = "the file ends in the middle of a line: it was cut, ask for it again"
                    raise FileRefusedError(
                        "truncated_file", message, number, position + start, raw_text_of(raw)
                    ) from bad
                self._reject(UnreadableLine(number, position + start, bad.code, raw_text_of(raw)))
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def _samples(self, start: bytes) -> list[tuple[str, dict[str, Any]]]:
        """The whole lines at the start of the file that are flat objects of declared keys."""
        samples: list[tuple[str, dict[str, Any]]] = []
        for line in start[: start.rfind(b"\n") + 1].splitlines(keepends=True):
            with suppress(_BadLineError, UnicodeDecodeError):
                sent = _parsed(line.decode())
                if isinstance(sent, dict) and sent.keys() <= self._declared and _depth(sent) == 1:
                    samples.append((line.decode(), sent))
        return samples

    def _row(self, number: int, text: str) -> dict[str, Any]:
        sent = _parsed(text)
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

    def _invalid_encoding(self, block: bytes, position: int, line: int) -> FileRefusedError:
        try:
            block.decode()
        except UnicodeDecodeError as error:
            bad = error.start
        start = block.rfind(b"\n", 0, bad) + 1
        end = block.find(b"\n", bad)
        message = f"byte 0x{block[bad]:02x} is not UTF-8: ask the partner for UTF-8"
        text = raw_text_of(block[start : end if end >= 0 else len(block)])
        return FileRefusedError("invalid_encoding", message, line + block.count(b"\n", 0, bad), position + bad, text)


def _strings(block: memoryview, offsets: Offsets) -> pa.StringArray:
    """The lines of a block with their ends; the text is not copied."""
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(block))


def _as_sent(block: memoryview, offsets: Offsets, first: int) -> pa.RecordBatch:
    """The lines of a block with their ends, numbered from `first`."""
    lines = _strings(block, offsets)
    numbers = pa.array(np.arange(first, first + len(lines)))
    return pa.RecordBatch.from_arrays(
        [numbers, lines, pa.nulls(len(lines), SCHEMA.field("_extra").type)], schema=SCHEMA
    )


def _line_offsets(block: memoryview) -> Offsets:
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


def _parsed(text: str) -> Any:
    """What a line says, numbers as written. Raises _BadLineError: it is no JSON, or a key comes twice."""
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
        )
    except RecursionError:
        raise _BadLineError("too_deep") from None
    except ValueError:
        raise _BadLineError("invalid_json") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _BadLineError("duplicate_key")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested; not by recursion, which has a limit of its own."""
    depth, inner = 0, [value]
    while inner := [one for one in inner if isinstance(one, _NESTED)]:
        depth += 1
        inner = [one for outer in inner for one in (outer.values() if isinstance(outer, dict) else outer)]
    return depth


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
