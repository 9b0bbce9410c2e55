"""The landing of one file: its ledger row, its rows and its unreadable lines, in one transaction (G7, G9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from loaders.database import quoted, utc_now
from loaders.errors import FileRefusedError, MusterError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival
from loaders.landing.keyrings import Keyrings
from loaders.landing.ledger import Landed, enter_request, next_log_id, repeated_version
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits, open_decoded
from loaders.reading.json_lines import JsonLinesFile
from loaders.reading.unreadable import UnreadableLine


@dataclass(frozen=True)
class _Content:
    """What was read from a file, or why it was not."""

    header: list[str] | None = None
    row_count: int = 0
    unreadable: list[UnreadableLine] = field(default_factory=list)
    refusal_code: str | None = None
    refusal_detail: str | None = None


def land_file(
    connection: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    spooled: Path,
    sha256: str,
    until_kept: Callable[[], None],
    keyrings: Keyrings,
) -> Landed:
    """Land `spooled`, the bytes of `arrival`; commits, or leaves no trace.

    `until_kept` returns when the archive has the bytes for good: what is in the ledger is not fetched again.
    A file that cannot be read as its feed declares lands as a ledger row with a refusal code and no rows. Raises
    `ConfigurationError` if it is encrypted and cannot be decrypted as we are set up.
    """
    connection.begin()
    try:
        file_id = next_log_id(connection)
        duplicate_of = repeated_version(connection, arrival, sha256)
        content = _Content()
        if duplicate_of is None and arrival.role == "data":
            try:
                content = _read(connection, arrival, spooled, file_id, keyrings)
            except FileRefusedError as refusal:
                connection.rollback()  # nothing stays of the rows before the fault
                connection.begin()
                content = _Content(refusal_code=refusal.code, refusal_detail=refusal.detail)
        landed = _enter(connection, arrival, sha256, file_id, duplicate_of, content)
        until_kept()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return landed


def _enter(
    connection: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    sha256: str,
    file_id: int,
    duplicate_of: int | None,
    content: _Content,
) -> Landed:
    """Write the ledger row and the unreadable lines."""
    if content.unreadable:
        _insert_unreadable(connection, file_id, content.unreadable)
    if arrival.request and duplicate_of is None:
        enter_request(connection, file_id, arrival.request)
    config = arrival.feed.config
    unreadable_count = len(content.unreadable)
    line_count = content.row_count + unreadable_count
    connection.execute(
        f"insert into landing.files values ({', '.join('?' * 21)})",
        [
            file_id, arrival.feed.name, arrival.path, arrival.role, arrival.size_bytes, arrival.modified_at, sha256,
            arrival.name_parts, arrival.tenant_id, arrival.segment_name, arrival.sent_at,
            arrival.feed.delivery_of(arrival.name_parts),
            arrival.name_parts.get(config.parts.number) if config.parts else None,
            duplicate_of, content.header, line_count, content.row_count, unreadable_count,
            content.refusal_code, content.refusal_detail, utc_now(),
        ],
    )  # fmt: skip
    return Landed(
        file_id, arrival.feed.name, arrival.path, line_count, content.row_count, unreadable_count,
        duplicate_of, content.refusal_code, content.refusal_detail,
    )  # fmt: skip


def _read(
    connection: duckdb.DuckDBPyConnection, arrival: Arrival, spooled: Path, file_id: int, keyrings: Keyrings
) -> _Content:
    """Insert the rows of the file. Raises `FileRefusedError`, maybe half way: then roll back."""
    feed, config = arrival.feed, arrival.feed.config
    _check_name(arrival)
    limits = Limits(max_rows=config.max_rows)
    names = [column.sent_as for column in feed.columns]
    with (
        keyrings.decrypted(spooled, feed, limits) as sent,
        open_decoded(sent, feed.compression_of(arrival.path), limits) as plain,
    ):
        if feed.is_ndjson(arrival.path):
            refuse = config.undeclared_columns == "refuse"
            with JsonLinesFile(plain, names, limits, refuse_undeclared=refuse) as lines:
                _insert_lines(connection, feed, file_id, lines)
                return _Content(None, lines.row_count, list(lines.unreadable))
        dialect = config.dialect.layout
        with CsvFile(plain, dialect, limits, None if dialect.header else len(names)) as file:
            header = (file.header if dialect.header else names) or []
            if not file.is_empty:
                _check_header(feed, header, arrival.request.needed_columns if arrival.request else ())
                inserted = _insert_rows(connection, feed, file_id, header, file.schema, file.read(), "file_rows")
                _check_count(feed, file.row_count, inserted)
            return _Content(file.header if dialect.header else names, file.row_count, list(file.unreadable))


def _check_name(arrival: Arrival) -> None:
    if arrival.wrong_date:
        time_part = next(part for part, spec in arrival.feed.pattern.parts.items() if spec.startswith("%"))
        raise FileRefusedError("wrong_date_in_name", f"{arrival.name_parts[time_part]} in the name is no real time")
    if not arrival.feed.may_touch(arrival.tenant_id):
        raise FileRefusedError(
            "tenant_not_allowed", f"feed {arrival.feed.name} may not touch tenant {arrival.tenant_id!r}"
        )


def _check_header(feed: Feed, header: list[str], needed: Sequence[str]) -> None:
    """Names are compared exactly (R10); order does not matter, undeclared columns are kept unless refused."""
    names = set(header)
    declared = {column.sent_as for column in feed.columns}
    lacking = {name.lower() for name in declared - names}
    inexact = [name for name in header if name not in declared and name.strip().lower() in lacking]
    if inexact:
        declared_as = {name.lower(): name for name in declared}
        names_sent = ", ".join(f"{name!r} (declared: {declared_as[name.strip().lower()]!r})" for name in inexact)
        message = f"header names are not exactly as declared: {names_sent}"
        raise FileRefusedError("inexact_column", message, 1, 0)
    missing = [column.sent_as for column in feed.columns if column.required and column.sent_as not in names]
    missing += [name for name in needed if name not in names]
    identifiers = [column.sent_as for column in feed.columns if column.identifier]
    if identifiers and not names & set(identifiers):
        missing.append(" or ".join(identifiers))
    if missing:
        hint = " Is the delimiter as declared?" if len(header) == 1 else ""
        needs = ", ".join(dict.fromkeys(missing))
        raise FileRefusedError("missing_column", f"the header {header} lacks {needs}.{hint}", 1, 0)
    first = next((column.sent_as for column in feed.columns if column.first), header[0])
    if header[0] != first:
        raise FileRefusedError("wrong_first_column", f"the first column is {header[0]!r}, not {first!r}", 1, 0)
    if feed.config.undeclared_columns == "refuse" and (extra := sorted(names - declared)):
        raise FileRefusedError("undeclared_column", f"the header has undeclared columns {extra}", 1, 0)


def _insert_lines(connection: duckdb.DuckDBPyConnection, feed: Feed, file_id: int, lines: JsonLinesFile) -> None:
    """The lines of a file of NDJSON: the clean ones at once; if there are others, those that are readable."""
    names = [column.sent_as for column in feed.columns]
    target = connection, feed, file_id, names, lines.schema
    clean = _insert_rows(*target, lines.read(), lines.relation())
    if clean < lines.line_count:
        others = _insert_rows(*target, lines.read_others(), lines.relation(clean_only=False))
        _check_count(feed, lines.row_count, others)
    lines.row_count += clean
    lines.check_count()


def _check_count(feed: Feed, read: int, inserted: int) -> None:
    if inserted != read:
        raise MusterError(f"{feed.name}: read {read} rows, but {inserted} were inserted")


def _insert_rows(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    file_id: int,
    names: Sequence[str],
    schema: pa.Schema,
    rows: Iterator[pa.RecordBatch],
    relation: str,
) -> int:
    """The rows' columns by name into the feed's table; undeclared ones go into `_extra`, missing ones are null.

    `relation` makes the columns of the rows, which it reads as `file_rows`. Returns how many rows were inserted.
    """
    declared = {column.sent_as for column in feed.columns}
    position = {name: f"c{i}" for i, name in enumerate(names)}
    extra = [name for name in names if name not in declared]
    columns = "".join(f"{quoted(column.name)}, " for column in feed.columns)
    values = [position.get(column.sent_as, "null") for column in feed.columns]
    extra_map = f"map([{', '.join('?' * len(extra))}], [{', '.join(position[n] for n in extra)}])" if extra else "null"
    if "_extra" in schema.names:
        extra_map = "_extra"
    failure: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows
        except BaseException as error:
            failure.append(error)
            raise

    connection.register("file_rows", pa.RecordBatchReader.from_batches(schema, batches()))
    try:
        ((inserted,),) = connection.execute(
            f"insert into landing.{quoted(feed.name)} (_file_id, _line_number, {columns} _extra) "
            f"select {file_id}, _line_number, {', '.join(values)}, {extra_map} from {relation}",
            extra,
        ).fetchall()
    except duckdb.Error:
        if failure:
            raise failure[0] from None
        raise
    connection.unregister("file_rows")
    return int(inserted)


def _insert_unreadable(connection: duckdb.DuckDBPyConnection, file_id: int, lines: list[UnreadableLine]) -> None:
    table = pa.table({
        "line_number": [line.line_number for line in lines],
        "byte_offset": [line.byte_offset for line in lines],
        "code": [line.code for line in lines],
        "raw_text": [line.raw_text for line in lines],
    })  # fmt: skip
    connection.register("unreadable", table)
    connection.execute(f"insert into landing.unreadable_lines select {file_id}, * from unreadable")
    connection.unregister("unreadable")
