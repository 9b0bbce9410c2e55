"""What an export would write now, without writing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from loaders.exports import lines
from loaders.exports.export import Export
from loaders.exports.ledger import Counts
from loaders.exports.preparing import Wish, selection_of
from loaders.exports.selecting import OPERATION


@dataclass(frozen=True)
class ExportPreview:
    """The names of the files, a moment and a day as they are written, the header and the first lines, the counts."""

    files: tuple[str, ...]
    timestamp: str
    date: str
    header: str
    lines: tuple[str, ...]
    counts: Counts


def preview(
    connection: duckdb.DuckDBPyConnection, export: Export, moment: datetime, *, limit: int, wish: Wish
) -> ExportPreview:
    """Find what an export writes as of `moment` (naive UTC), `limit` lines of it at most. Raises as `select`."""
    selection = selection_of(connection, export, moment, wish)
    config = export.config
    first = (OPERATION,) if config.leavers == "column" else ()
    columns = (lines.Column("timestamp", "TIMESTAMP"), lines.Column("date", "DATE"))
    written = ", ".join(lines.line([column], config) for column in columns)
    ((timestamp, date),) = connection.execute(
        f"""select {written} from (select cast($1 as timestamp) as "timestamp", cast($1 as date) as "date")""", [moment]
    ).fetchall()
    update = f"UPDATE{config.dialect.delimiter}" if first else ""
    rows = [
        update + str(line)
        for stream in selection.streams
        for (line,) in connection.execute(
            f"select line from {stream.relation} order by {stream.order} limit {limit}"
        ).fetchall()
    ]
    names = (*config.file_names, *config.manifests)
    return ExportPreview(
        files=tuple(export.name_of(name, moment, type="TYPE", number="1") for name in names),
        timestamp=timestamp,
        date=date,
        header=lines.header(selection.columns, config.dialect, first).decode().rstrip("\r\n"),
        lines=tuple(rows[:limit]),
        counts=selection.counts,
    )
