"""What the models say of the one file that was landed and built for a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from loaders.database import quoted
from loaders.feeds.feed import Feed
from loaders.preview.result import ColumnSeen, DroppedCell, Preview, RejectedLine, SampleRow


def judged(
    database: duckdb.DuckDBPyConnection,
    found: Preview,
    row_count: int,
    rejected_count: int | None,
) -> Preview:
    """What the models say about the landed file; `database` has the intermediate ones attached, as `work`."""
    feed = found.arrival.feed
    table = f"landing.{quoted(feed.name)}"
    first_of = rejected_count if rejected_count is not None else 2**62
    _take_into_the_run(database)
    database.execute(f"""create temp table coded as
        select staged._line_number, staged.filter_code, staged.file_code, read_rows.dropped_cells,
            coalesce(
                staged.filter_code, staged.row_code, case when not read_rows.spoils_file then read_rows.row_code end
            ) as row_code
        from (
            select null::bigint as _line_number, null::varchar as filter_code, null::varchar as row_code,
            null::varchar as file_code where false
            union all by name from staging.stg_{feed.name}  -- which has what its feed has
        ) as staged
        left join work.intermediate.int_rows as read_rows on staged._line_number = line_of_row(read_rows.row_id)""")
    whole_file = "select min(file_code) from coded"
    if feed.config.request:
        whole_file += " union all select refusal_code from staging.stg_muster__requests"
    codes = database.execute(whole_file).fetchall()
    database.execute("""
        create temp table rejected as
        select line_number, code, raw_text from landing.unreadable_lines
        union all select _line_number, row_code, null from coded where row_code is not null and filter_code is null
    """)
    counts = database.execute(
        "select code, count(*) from rejected group by code order by count(*) desc, code"
    ).fetchall()
    filtered = database.execute(
        "select filter_code, count(*) from coded where filter_code is not null group by all order by count(*) desc, 1"
    ).fetchall()
    first = database.execute(
        f"""select line_number, code, coalesce(raw_text, row_as_sent(landed))
        from (from rejected order by line_number limit ?) as rejected
        left join {table} as landed on rejected.line_number = landed._line_number order by line_number""",
        [first_of],
    ).fetchall()
    database.execute("""create temp table dropped as
        select _line_number as line_number, unnest(dropped_cells, recursive := true) from coded
        where row_code is null""")
    dropped_counts = database.execute(
        "select code, count(*) from dropped group by code order by count(*) desc, code"
    ).fetchall()
    header = _header(database, feed, table)
    columns = columns_seen(feed, header)
    return replace(
        found,
        code=next((code for (code,) in codes if code), None),
        columns=columns,
        sample=_sample(database, feed, table, [seen.name for seen in columns if seen.status != "missing"], row_count),
        rejected_counts=dict(counts),
        filtered_counts=dict(filtered),
        rejected=[RejectedLine(*row) for row in first],
        dropped_counts=dict(dropped_counts),
        dropped=[
            DroppedCell(*row)
            for row in database.execute(
                "select line_number, column_name, code, text from dropped order by all limit ?", [first_of]
            ).fetchall()
        ],
    )


def _take_into_the_run(database: duckdb.DuckDBPyConnection) -> None:
    """Have `int_rows` read the file, though its delivery may wait for others."""
    kind = database.execute("""select if(table_type = 'VIEW', 'view', 'table') from information_schema.tables
        where table_catalog = 'work' and table_name = 'int_delivery_files'""").fetchall()[0][0]
    database.execute(f"drop {kind} work.intermediate.int_delivery_files")
    database.execute("""create table work.intermediate.int_delivery_files as
        select file_id, file_id as log_id, tenant_id, null::uuid as segment_id from landing.files""")


def _header(database: duckdb.DuckDBPyConnection, feed: Feed, table: str) -> list[str]:
    """The names of the file's columns: its header, or the keys that its lines have."""
    ((header,),) = database.execute("select header from landing.files").fetchall()
    if header is not None:
        return list(header)
    counts = ", ".join(f"count({quoted(column.name)})" for column in feed.columns)
    (row,) = database.execute(f"select {counts} from {table}").fetchall()
    declared = [column.sent_as for column, count in zip(feed.columns, row, strict=True) if count]
    extra = database.execute(
        f"select key from (select unnest(map_keys(_extra)) as key, _line_number from {table}) "
        "group by key order by min(_line_number), key"
    ).fetchall()
    return declared + [key for (key,) in extra]


def columns_seen(feed: Feed, header: Sequence[str]) -> list[ColumnSeen]:
    """The columns of the file, and those of the feed that it lacks."""
    declared = {column.sent_as: column for column in feed.columns}
    seen = [
        ColumnSeen(name, "declared", declared[name].identifier) if name in declared else ColumnSeen(name, "undeclared")
        for name in header
    ]
    lacking = [column for name, column in declared.items() if name not in set(header)]
    return seen + [ColumnSeen(column.sent_as, "missing", column.identifier) for column in lacking]


def _sample(
    database: duckdb.DuckDBPyConnection, feed: Feed, table: str, names: Sequence[str], row_count: int
) -> list[SampleRow]:
    own = {column.sent_as: place for place, column in enumerate(feed.columns)}
    cells = ", ".join(quoted(column.name) for column in feed.columns)
    rows = database.execute(
        f"""select _line_number, row_code, _extra, {cells} from {table} inner join coded using (_line_number)
        order by _line_number limit ?""",
        [row_count],
    ).fetchall()
    return [
        SampleRow(line, code, {name: declared[own[name]] if name in own else (extra or {}).get(name) for name in names})
        for line, code, extra, *declared in rows
    ]
