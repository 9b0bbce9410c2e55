"""The landing of one file: its ledger row, its rows and its unreadable lines, in one transaction (G7, G9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import duckdb

from loaders.database import utc_now
from loaders.errors import FileRefusedError, MusterError
from loaders.landing.arrival import Arrival
from loaders.landing.checks import check_name, header_faults
from loaders.landing.decoding import Decoded, limits_of
from loaders.landing.keyrings import Keyrings
from loaders.landing.ledger import Landed, enter_request, next_log_id, repeated_version, version_counts
from loaders.landing.refused_before import first_refused, name_alone, release
from loaders.landing.rows import RowTarget, insert_unreadable
from loaders.reading.csv_file import CsvFile
from loaders.reading.decode import Limits
from loaders.reading.explanation import advice, explained
from loaders.reading.json_lines import JsonLinesFile
from loaders.reading.unreadable import UnreadableLine


@dataclass(frozen=True)
class Content:
    """What was read from a file, or why it was not."""

    header: list[str] | None = None
    row_count: int = 0
    unreadable: list[UnreadableLine] = field(default_factory=list)
    refusal_code: str | None = None
    refusal_detail: str | None = None
    advice: str | None = None
    """Which settings would take the lines that could not be read, where these are many."""


@dataclass(frozen=True)
class FileLanding:
    """One file that is to be landed: what it is, and where its bytes are."""

    connection: duckdb.DuckDBPyConnection
    arrival: Arrival
    spooled: Path
    sha256: str
    keyrings: Keyrings
    decoded: Decoded | None = None
    """What it holds, if that is known already."""

    def land(self, until_kept: Callable[[], None]) -> Landed:
        """Land the file; commits, or leaves no trace.

        `until_kept` returns when the archive has the bytes for good: what is in the ledger is not fetched again.
        A file that cannot be read as its feed declares lands as a ledger row with a refusal code and no rows. Raises
        `ConfigurationError` if it is encrypted and cannot be decrypted as we are set up.
        """
        self.connection.begin()
        try:
            file_id = next_log_id(self.connection)
            duplicate_of = self._duplicate_of()
            content = Content()
            if duplicate_of is None and self.arrival.role == "data":
                try:
                    content = self.read(file_id)
                except FileRefusedError as refusal:
                    self.connection.rollback()  # nothing stays of the rows before the fault
                    self.connection.begin()
                    content = Content(refusal_code=refusal.code, refusal_detail=refusal.detail)
            landed = self._enter(file_id, duplicate_of, content)
            until_kept()
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        return landed

    def _duplicate_of(self) -> int | None:
        """The version that the file repeats (X4).

        A linked file with a fixed name, or its root, is none where the other has a version more: it has not changed,
        and is what belongs to that version.
        """
        repeated = repeated_version(self.connection, self.arrival, self.sha256)
        if repeated is not None and (counts := self._version_counts()):
            name = self.arrival.feed.name
            return None if counts.get(name, 0) < max(counts.values()) else repeated
        return repeated

    def _version_counts(self) -> dict[str, int]:
        """How many versions each feed of the delivery has, if these are paired; else none."""
        delivery = self.arrival.delivery
        return version_counts(self.connection, delivery) if delivery and self.arrival.feed.pairs_versions else {}

    def _delivery(self, duplicate_of: int | None) -> str | None:
        """The name of the delivery; the n-th version of a fixed name belongs to the n-th of its linked file."""
        if not self.arrival.feed.pairs_versions:
            return self.arrival.delivery
        version = self._version_counts().get(self.arrival.feed.name, 0) + (duplicate_of is None)
        return f"{self.arrival.delivery} #{version}"

    def read(self, file_id: int) -> Content:
        """Insert the rows of the file. Raises `FileRefusedError`, maybe half way: then roll back."""
        feed, path = self.arrival.feed, self.arrival.path
        check_name(self.arrival)
        content = self.decoded or Decoded(self.keyrings, self.spooled, feed, path)
        with content.open() as plain:
            read = self._read_ndjson if feed.is_ndjson(path) else self._read_csv
            return read(file_id, plain, limits_of(feed))

    def _read_ndjson(self, file_id: int, plain: Path, limits: Limits) -> Content:
        names = self._declared()
        refuse = self.arrival.feed.config.undeclared_columns == "refuse"
        loosely = self.arrival.feed.says_only_what_is_declared
        identifiers = [column.name for column in self.arrival.feed.columns if column.identifier]
        options = {"refuse_undeclared": refuse, "names_loosely": loosely}
        with JsonLinesFile(plain, names, limits, identifiers=identifiers, **options) as file:
            self._insert(file_id, file, names)
            return Content(None, file.row_count, list(file.unreadable))

    def _read_csv(self, file_id: int, plain: Path, limits: Limits) -> Content:
        dialect, declared = self.arrival.feed.config.dialect.layout, self._declared()
        request = self.arrival.request
        needed = request.needed_columns if request else ()
        check = partial(header_faults, self.arrival.feed, needed=needed) if dialect.header else None
        count = None if dialect.header else len(declared)
        try:
            with CsvFile(plain, dialect, limits, count, check=check) as file:
                header = file.header if dialect.header else declared
                if not file.is_empty:
                    self._insert(file_id, file, header or [])
                content = Content(header, file.row_count, list(file.unreadable))
        except FileRefusedError as refusal:
            raise explained(refusal, plain, dialect, limits, count, check) from None
        if len(content.unreadable) <= content.row_count:
            return content
        return replace(content, advice=advice(plain, dialect, count, check))

    def _insert(self, file_id: int, file: CsvFile | JsonLinesFile, names: Sequence[str]) -> None:
        feed = self.arrival.feed
        target = RowTarget(self.connection, feed, file_id, names, file.schema)
        file.read_into(target.insert)
        if target.inserted_count != file.row_count:
            raise MusterError(f"{feed.name}: read {file.row_count} rows, but {target.inserted_count} were inserted")

    def _declared(self) -> list[str]:
        return [column.sent_as for column in self.arrival.feed.columns]

    def _enter(self, file_id: int, duplicate_of: int | None, content: Content) -> Landed:
        """Write the ledger row, the request of an import, and the unreadable lines."""
        arrival, feed, unreadable_count = self.arrival, self.arrival.feed, len(content.unreadable)
        if content.unreadable:
            insert_unreadable(self.connection, file_id, content.unreadable)
        if arrival.request and duplicate_of is None:
            enter_request(self.connection, file_id, arrival.request)
        line_count, parts = content.row_count + unreadable_count, feed.config.parts
        waits_for, delivery = None, self._delivery(duplicate_of)
        if duplicate_of is None and content.refusal_code is None:
            waits_for = first_refused(self.connection, arrival, file_id)
        if waits_for is not None:
            delivery = name_alone(arrival.path, file_id)
        self.connection.execute(
            f"insert into landing.files values ({', '.join('?' * 22)})",
            [
                file_id, feed.name, arrival.path, arrival.role, arrival.size_bytes, arrival.modified_at, self.sha256,
                arrival.name_parts, arrival.tenant_id, arrival.segment_name, arrival.sent_at,
                delivery, arrival.name_parts.get(parts.number) if parts else None,
                duplicate_of, content.header, line_count, content.row_count, unreadable_count,
                content.refusal_code, content.refusal_detail, utc_now(), waits_for,
            ],
        )  # fmt: skip
        if feed.waits_after_refused:
            release(self.connection, feed.name, arrival.tenant_id)
        return Landed(
            file_id, feed.name, arrival.path, line_count, content.row_count, unreadable_count,
            duplicate_of, content.refusal_code, content.refusal_detail, content.advice,
        )  # fmt: skip
