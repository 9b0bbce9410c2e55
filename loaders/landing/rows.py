"""The rows of one file on their way into the landing table of its feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from loaders.database import quoted
from loaders.feeds.feed import Feed
from loaders.reading.unreadable import UnreadableLine


@dataclass
class RowTarget:
    """The place of one file's rows; `inserted_count` says how many have come."""

    connection: duckdb.DuckDBPyConnection
    feed: Feed
    file_id: int
    names: Sequence[str]
    """The columns of the rows as the file names them, in the order of `c0` …"""
    schema: pa.Schema
    """Of the batches."""
    inserted_count: int = 0

    def insert(self, rows: Iterator[pa.RecordBatch], relation: str) -> int:
        """Insert rows by the names of their columns; undeclared ones go into `_extra`, missing ones are null."""
        columns = "".join(f"{quoted(column.name)}, " for column in self.feed.columns)
        position = {name: f"c{i}" for i, name in enumerate(self.names)}
        cells = "".join(f"{position.get(column.sent_as, 'null')}, " for column in self.feed.columns)
        undeclared = self._undeclared()
        extra = "null"
        if "_extra" in self.schema.names:
            extra, undeclared = "_extra", []
        elif undeclared:
            extra = f"map([{', '.join('?' * len(undeclared))}], [{', '.join(position[name] for name in undeclared)}])"
        count = self._execute(
            f"insert into landing.{quoted(self.feed.name)} (_file_id, _line_number, {columns} _extra) "
            f"select {self.file_id}, _line_number, {cells} {extra} from {relation}",
            undeclared,
            rows,
        )
        self.inserted_count += count
        return count

    def _undeclared(self) -> list[str]:
        declared = {column.sent_as for column in self.feed.columns}
        return [name for name in self.names if name not in declared]

    def _execute(self, sql: str, parameters: Sequence[str], rows: Iterator[pa.RecordBatch]) -> int:
        """Run an insert that reads `file_rows`; what goes wrong with the reading is raised as it was."""
        failure: list[BaseException] = []

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                yield from rows
            except BaseException as error:
                failure.append(error)
                raise

        self.connection.register("file_rows", pa.RecordBatchReader.from_batches(self.schema, batches()))
        try:
            ((count,),) = self.connection.execute(sql, parameters).fetchall()
        except duckdb.Error:
            if failure:
                raise failure[0] from None
            raise
        self.connection.unregister("file_rows")
        return int(count)


def insert_unreadable(connection: duckdb.DuckDBPyConnection, file_id: int, lines: Sequence[UnreadableLine]) -> None:
    """Keep the lines of a file that could not be read."""
    table = pa.table({
        "line_number": [line.line_number for line in lines],
        "byte_offset": [line.byte_offset for line in lines],
        "code": [line.code for line in lines],
        "raw_text": [line.raw_text for line in lines],
    })  # fmt: skip
    connection.register("unreadable", table)
    connection.execute(f"insert into landing.unreadable_lines select {file_id}, * from unreadable")
    connection.unregister("unreadable")
