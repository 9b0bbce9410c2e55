"""What the archive keeps of delivered exports: enough to know after a rebuild what each partner has (G9, G13).

Per run one Parquet file with the rows that it told of, its own row of the ledger and those of its files beside them. It
is written when the partner has the last file, before the ledger says so.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.archive.contents import sync
from loaders.archive.rows import insert_row
from loaders.config.settings import Settings
from loaders.errors import DamagedError
from loaders.exports.ledger import note_delivered

# Hashes in two halves: DuckDB writes 128 bits as decimal digits at 70 microseconds each.
_ROWS = """
select contact_id, cast(row_hash >> 64 as ubigint) as high_bits,
    cast(row_hash & cast(18446744073709551615 as uhugeint) as ubigint) as low_bits, is_member, is_sent, line,
    cast(null as varchar) as event_type, cast(null as varchar) as event_id
from exported.prepared_rows where run_id = $run_id
union all
select null, null, null, null, null, null, event_type, event_id from exported.prepared_events where run_id = $run_id
"""


def keep(connection: duckdb.DuckDBPyConnection, settings: Settings, run_id: int) -> None:
    """Keep a run that the partner has whole, before `note_delivered`."""
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ledger = {
        table: connection.execute(
            f"select to_json(told) from exported.{table} as told where run_id = ?", [run_id]
        ).fetchall()
        for table in ("runs", "files")
    }
    told = {table: [json.loads(row) for (row,) in rows] for table, rows in ledger.items()}
    rows = connection.sql(_ROWS, params={"run_id": run_id}).to_arrow_table()
    new = folder / "new"
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    pq.write_table(rows.replace_schema_metadata({b"muster": json.dumps(told).encode()}), new)
    sync(new)
    new.replace(folder / f"{run_id}.parquet")


def check(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raises `DamagedError` if the ledger lacks a run that the archive has: it is older, or another database's."""
    last = max(_kept(settings), default=0)
    known = connection.execute("select count(*) from exported.runs where run_id = ?", [last]).fetchall()
    if last and not known[0][0]:
        raise DamagedError(
            f"{settings.database}: the database lacks run {last} of the exports, which {_folder(settings)} has: it is"
            " an older copy, and would send again what partners have. `muster rebuild` makes it anew from the archive"
        )


def restore(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Bring a ledger that is empty to where the archive is; returns how many runs it has."""
    runs = _kept(settings)
    for run_id in sorted(runs):
        try:
            table = pq.read_table(runs[run_id])
            told = json.loads((table.schema.metadata or {})[b"muster"])
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise DamagedError(f"{runs[run_id]}: this is no kept run of an export: {error}") from None
        connection.begin()
        for name, rows in told.items():
            for row in rows:
                insert_row(connection, "exported", name, row | ({"state": "prepared"} if name == "runs" else {}))
        connection.register("kept_rows", table)
        connection.execute(
            """insert into exported.prepared_rows
            select $1, contact_id, (cast(high_bits as uhugeint) << 64) | cast(low_bits as uhugeint), is_member,
                is_sent, line
            from kept_rows
            where contact_id is not null""",
            [run_id],
        )
        connection.execute(
            """insert into exported.prepared_events
            select $1, event_type, event_id from kept_rows where event_id is not null""",
            [run_id],
        )
        connection.unregister("kept_rows")
        connection.commit()
        times = [row["delivered_at"] for row in told["files"]] or [told["runs"][0]["prepared_at"]]
        note_delivered(connection, run_id, datetime.fromisoformat(max(times)))
    return len(runs)


def _folder(settings: Settings) -> Path:
    return settings.archive / "exports"


def _kept(settings: Settings) -> dict[int, Path]:
    return {int(path.stem): path for path in _folder(settings).glob("*.parquet")}
