"""Which timeline events an export writes: those of the members that it has not written yet, a file per type (B17)."""

from __future__ import annotations

from datetime import datetime

import duckdb

from loaders.database import quoted
from loaders.exports import lines
from loaders.exports.export import Export
from loaders.exports.ledger import Counts
from loaders.exports.selecting import (
    SCHEMA,
    Selection,
    Stream,
    columns_of,
    find_members,
    number_of,
    refuse_unquoted,
)
from loaders.feeds.config_values import duration


def select_events(
    connection: duckdb.DuckDBPyConnection, export: Export, moment: datetime, *, everybody: bool = False
) -> Selection:
    """Find what an export of events writes as of `moment` (naive UTC): rows of its model, several of one event or one.

    `everybody`: also those that were written before. Raises as `select`.
    """
    config = export.config
    assert config.events
    columns = columns_of(connection, export, "event_type", "event_id")
    find_members(connection, export, moment)
    given: dict[str, object] = {"export": export.name}
    when = []
    if config.events.types:
        when.append("model.event_type in (select unnest($types))")
        given["types"] = config.events.types
    if config.events.last or config.events.next:
        times = """inner join (
            select event_type, event_id, occurred_at from marts.timeline_events where tenant_id = $tenant
        ) as told on model.event_type = told.event_type and model.event_id = told.event_id"""
        given |= {"tenant": config.tenant, "now": moment}
        within = []
        if config.events.last:
            within.append("told.occurred_at between $now - $last and $now")
            given["last"] = duration(config.events.last)
        if config.events.next:
            within.append("told.occurred_at between $now and $now + $next")
            given["next"] = duration(config.events.next)
        when.append(f"({' or '.join(within)})")
    else:
        times = ""
    is_new = "true" if everybody or config.all else "not is_known"
    connection.execute(
        f"""create or replace temp table mapped as
        with
        mapped as (
            select
                model.contact_id, model.event_type, model.event_id, {lines.line(columns, config)} as line,
                {lines.fault(columns, config)} as fault, {lines.guarded_count(columns, config)} as guarded_count
            from (
                select model.* from {SCHEMA}.{quoted(export.model)} as model {times}
                {"where " + " and ".join(when) if when else ""}
            ) as model
            semi join members using (contact_id)
        )
        select
            mapped.*, known.event_id is not null as is_known, fault is null and {is_new} as is_written
        from mapped
        left join exported.events as known
            on known.export = $export and mapped.event_type = known.event_type and mapped.event_id = known.event_id""",
        given,
    )
    refuse_unquoted(connection, export, "mapped")
    found = connection.execute(
        "select event_type, count(*) from mapped where is_written group by event_type order by event_type"
    ).fetchall()
    streams = [
        Stream(f"(from mapped where is_written and event_type = {lines.literal(kind)})", "event_id, line", count, kind)
        for kind, count in found
    ]
    told = """insert into exported.prepared_events
        select distinct {run_id}, event_type, event_id from mapped where is_written and not is_known"""
    counts = Counts(
        member_count=number_of(connection, "select count(*) from members"),
        row_count=sum(stream.count for stream in streams),
        new_count=number_of(connection, "select count(*) from mapped where is_written and not is_known"),
        unchanged_count=number_of(connection, "select count(*) from mapped where is_known"),
        left_out_count=number_of(connection, "select count(*) from mapped where fault is not null"),
        guarded_count=number_of(connection, "select sum(guarded_count) from mapped where is_written"),
    )
    return Selection(columns, tuple(streams), Stream("(from mapped limit 0)", "line", 0), counts, (told,))
