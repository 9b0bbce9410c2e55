"""Which rows an export writes: the members as of one moment, and of them those whose row the partner does not have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from loaders.database import quoted
from loaders.errors import ConfigurationError, NeedsAttentionError
from loaders.exports import lines
from loaders.exports.export import Export
from loaders.exports.ledger import Counts

SCHEMA = "exports"
KEY = "contact_id"
OPERATION = "operation"

_IN_STAGE = """with in_stage as (
    select contact_id from marts.lifecycle_stages where lifecycle = $lifecycle and stage_name = $stage
)"""


@dataclass(frozen=True)
class Stream:
    """Rows that go into one file, or several numbered ones: a relation of (line), in the order of `order`."""

    relation: str
    order: str
    count: int
    type: str = ""
    """Of its events."""


@dataclass(frozen=True)
class Selection:
    """What is to be written; it lies in temporary tables of the connection."""

    columns: tuple[lines.Column, ...]
    """Those that are written."""
    streams: tuple[Stream, ...]
    leavers: Stream
    """Those who are members no longer, as the partner knows them."""
    counts: Counts
    told: tuple[str, ...]
    """Insertions into the tables of what the partner will have; `{run_id}` is the run's number."""
    layout: str = ""
    """How the lines are made up: those of another layout stand in other columns."""


def columns_of(connection: duckdb.DuckDBPyConnection, export: Export, *keys: str) -> tuple[lines.Column, ...]:
    """The columns of the export's model that are written: all but the contact.

    Raises `ConfigurationError` if it was not built yet, lacks `contact_id` or one of `keys`, has nothing else, or has
    a column `operation` beside the one that tells who left.
    """
    found = connection.execute(
        """select column_name, data_type from duckdb_columns()
        where database_name = current_database() and schema_name = ? and table_name = ? order by column_index""",
        [SCHEMA, export.model],
    ).fetchall()
    place = f"{export.declared_at}: export {export.name}: {export.model}"
    if not found:
        raise ConfigurationError(f"{place} is not built: `muster build` does it")
    kinds = dict(found)
    if kinds.get(KEY) != "BIGINT" or len(found) < 2:
        raise ConfigurationError(
            f"{place} needs a column `contact_id`, that of the marts, and others, which are written"
            " (`contact_id as id` writes it)"
        )
    if missing := [key for key in keys if kinds.get(key) != "VARCHAR"]:
        raise ConfigurationError(f"{place} needs a column `{missing[0]}`, that of marts.timeline_events")
    if export.config.leavers == "column" and OPERATION in kinds:
        raise ConfigurationError(f"{place} has a column `operation`, and `leavers: column` writes one")
    return tuple(lines.Column(name, kind) for name, kind in found if name != KEY)


def select(
    connection: duckdb.DuckDBPyConnection, export: Export, moment: datetime, *, everybody: bool = False
) -> Selection:
    """Find what an export of profiles or groups writes as of `moment` (naive UTC).

    `everybody`: also those whose row has not changed. Raises `ConfigurationError` as `columns_of`, and for a type that
    cannot be written; `NeedsAttentionError` if there is no such segment, if the model has a contact twice, or a cell
    needs a quote and there is none.
    """
    columns = columns_of(connection, export)
    find_members(connection, export, moment)
    _map(connection, export, columns, everybody=everybody)
    counts = _counts(connection)
    line = "line" if export.config.leavers != "no" else "cast(null as varchar)"
    told = f"""insert into exported.prepared_rows
        select {{run_id}}, contact_id, row_hash, true, is_written, {line}
        from mapped where is_written or kind = 'returned_unchanged'
        union all
        select {{run_id}}, contact_id, row_hash, false, false, {line} from leavers"""
    rows = Stream("(from mapped where is_written)", KEY, counts.row_count)
    return Selection(
        columns, (rows,), Stream("leavers", KEY, counts.left_count), counts, (told,), _layout(columns, export)
    )


def _layout(columns: tuple[lines.Column, ...], export: Export) -> str:
    return f"{[column.name for column in columns]} {export.config.dialect!r}"


def find_members(connection: duckdb.DuckDBPyConnection, export: Export, moment: datetime) -> None:
    """Make the tables `members`, whom the export is about as of `moment`, and `touched_out`, those left out of them.

    Raises `NeedsAttentionError` if there is no such segment, `ConfigurationError` if there is no such stage.
    """
    connection.execute("set variable muster_now = cast($1 as timestamp)", [moment])
    config = export.config
    if config.groups:
        connection.execute(
            """create or replace temp table members as
            select group_id as contact_id from marts.groups where tenant_id = $1 and group_type = $2""",
            [config.tenant, config.groups],
        )
    else:
        _find_members_of_segment(connection, export)
    connection.execute("create or replace temp table touched_out as select contact_id from members limit 0")
    if config.threshold:
        connection.execute(
            """insert into touched_out
            select contact_id from exported.touches semi join members using (contact_id)
            where lifecycle = $1 and touched_at >= $2
            group by contact_id having count(*) >= $3""",
            [config.touches, _begin_of_period(moment, config.threshold.per, config.timezone), config.threshold.max],
        )


def _find_members_of_segment(connection: duckdb.DuckDBPyConnection, export: Export) -> None:
    config = export.config
    segments = connection.execute(
        "select segment_id from marts.segments where tenant_id = ? and segment_name = ?",
        [config.tenant, config.segment],
    ).fetchall()
    if not segments:
        raise NeedsAttentionError(
            f"export {export.name}: tenant {config.tenant!r} has no segment {config.segment!r} yet: nothing is exported"
        )
    in_stage, given = "", {"segment_id": segments[0][0]}
    if config.lifecycle:
        in_stage = "semi join in_stage using (contact_id)"
        given |= {"lifecycle": config.lifecycle.name, "stage": config.lifecycle.stage}
        known = "select 1 from seeds.lifecycles where lifecycle = ? and stage_name = ?"
        if not connection.execute(known, [config.lifecycle.name, config.lifecycle.stage]).fetchall():
            raise ConfigurationError(
                f"{export.declared_at}: export {export.name}: seeds/lifecycles.csv has no stage"
                f" {config.lifecycle.stage!r} of {config.lifecycle.name!r}"
            )
    connection.execute(
        f"""create or replace temp table members as
        {_IN_STAGE if config.lifecycle else ""}
        select contact_id from marts.memberships {in_stage} where segment_id = $segment_id""",
        given,
    )


def _map(
    connection: duckdb.DuckDBPyConnection, export: Export, columns: tuple[lines.Column, ...], *, everybody: bool
) -> None:
    """Make the tables `mapped`, a row per member whom the model has, and `leavers`."""
    config = export.config
    model = f"{SCHEMA}.{quoted(export.model)}"
    twice = connection.execute(
        f"""select contact_id from {model} semi join members using (contact_id)
        group by contact_id having count(*) > 1 limit 1"""
    ).fetchall()
    if twice:
        raise NeedsAttentionError(
            f"export {export.name}: {export.model} has contact {twice[0][0]} more than once: one row each is written"
        )
    is_written = "fault is null" if everybody or config.all else "kind in ('new', 'changed', 'returned')"
    keeps_line = "kind <> 'unchanged'" if config.leavers != "no" else "false"
    returns = "when not known.is_member then 'returned'" if config.on_return == "always" else ""
    connection.execute(
        f"""create or replace temp table mapped as
        with
        mapped as (
            select
                contact_id, {lines.line(columns, config)} as line, {lines.fault(columns, config)} as fault,
                {lines.guarded_count(columns, config)} as guarded_count
            from {model}
            semi join members using (contact_id)
            anti join touched_out using (contact_id)
        ),
        hashed as (
            select *, md5_number(line) as row_hash from mapped
        ),
        compared as (
            select
                hashed.*,
                case
                    when hashed.fault is not null then 'left_out'
                    when known.contact_id is null then 'new'
                    {returns}
                    when known.row_hash <> hashed.row_hash then 'changed'
                    when not known.is_member then 'returned_unchanged'
                    else 'unchanged'
                end as kind
            from hashed
            left join exported.rows as known on known.export = $export and hashed.contact_id = known.contact_id
        )
        select
            contact_id, row_hash, kind, fault, {is_written} as is_written,
            case when is_written then guarded_count end as guarded_count,
            case when is_written or {keeps_line} then line end as line
        from compared""",
        {"export": export.name},
    )
    refuse_unquoted(connection, export, "mapped")
    _find_leavers(connection, export, columns)


def _find_leavers(connection: duckdb.DuckDBPyConnection, export: Export, columns: tuple[lines.Column, ...]) -> None:
    """Make the table `leavers`, with the lines that the partner has of them; where these are not kept, or were written
    in another layout, with what the model makes of them now. Whom it does not have cannot be told of."""
    config = export.config
    connection.execute(
        """create or replace temp table gone as
        select rows.contact_id, rows.row_hash, case when runs.layout = $layout then rows.line end as line
        from exported.rows as rows
        inner join exported.runs as runs using (run_id)
        anti join (select contact_id from mapped union all select contact_id from touched_out) as here
            on rows.contact_id = here.contact_id
        where rows.export = $export and rows.is_member""",
        {"export": export.name, "layout": _layout(columns, export)},
    )
    if config.leavers != "no":
        connection.execute(
            f"""update gone set line = now.line
            from (
                select contact_id, {lines.line(columns, config)} as line
                from {SCHEMA}.{quoted(export.model)}
                where contact_id in (select contact_id from gone where line is null)
                    and {lines.fault(columns, config)} is null
            ) as now
            where gone.contact_id = now.contact_id and gone.line is null"""
        )
    is_told = "line is not null" if config.leavers != "no" else "true"
    connection.execute(f"create or replace temp table leavers as from gone where {is_told}")


def refuse_unquoted(connection: duckdb.DuckDBPyConnection, export: Export, table: str) -> None:
    """Raises `NeedsAttentionError` if a cell needs a quote, and there is none."""
    found = connection.execute(f"select contact_id from {table} where fault = 'needs_quote' limit 1").fetchall()
    if found:
        raise NeedsAttentionError(
            f"export {export.name}: a cell of contact {found[0][0]} would need a quote, and `quote` is none: nothing is"
            " exported. Give the dialect a quote, or have the model take such characters out"
        )


def number_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives; 0 for null."""
    return int(connection.execute(query).fetchall()[0][0] or 0)


def _counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    found = dict(connection.execute("select kind, count(*) from mapped group by kind").fetchall())
    members = number_of(connection, "select count(*) from members")
    over = number_of(connection, "select count(*) from touched_out")
    return Counts(
        member_count=members,
        row_count=number_of(connection, "select count(*) from mapped where is_written"),
        new_count=found.get("new", 0),
        changed_count=found.get("changed", 0),
        returned_count=found.get("returned", 0),
        unchanged_count=found.get("unchanged", 0) + found.get("returned_unchanged", 0),
        left_count=number_of(connection, "select count(*) from leavers"),
        filtered_count=members - over - sum(found.values()),
        left_out_count=found.get("left_out", 0)
        + number_of(connection, "select (select count(*) from gone) - (select count(*) from leavers)"),
        over_threshold_count=over,
        guarded_count=number_of(connection, "select sum(guarded_count) from mapped"),
        silently_returned_count=found.get("returned_unchanged", 0),
    )


def _begin_of_period(moment: datetime, per: str, timezone: str) -> datetime:
    """When the week, month or quarter of the moment began in the timezone; both naive UTC."""
    zone = ZoneInfo(timezone)
    day = moment.replace(tzinfo=UTC).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "week":
        begin = day - timedelta(days=day.weekday())
    elif per == "month":
        begin = day.replace(day=1)
    else:
        begin = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return begin.astimezone(UTC).replace(tzinfo=None)
