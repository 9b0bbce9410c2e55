"""What people ask of the database: import jobs, files, members, changes, rejected rows. Read-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from loaders.config.settings import Settings
from loaders.errors import ConfigurationError, NotBuiltError
from loaders.publishing import open_to_read

Rows = list[dict[str, Any]]

_JOBS = """
    select file_id, path, tenant_id, status, code,
        line_count, accepted_count, rejected_count, ignored_count, duplicate_count, filtered_count,
        dropped_cell_count, shared_identifier_count,
        added_count, removed_count, deleted_count, expired_count, unchanged_count,
        created_count, updated_count,
        created_subscription_count, updated_subscription_count, too_late_count,
        sent_at, landed_at, detail
    from marts.import_jobs
    where ($feed is null or feed = $feed) and log_id > $since
    order by file_id desc limit $limit
"""

_FILES = """
    select files.file_id, files.feed, files.path, files.role, files.tenant_id, files.sent_at, files.landed_at,
        files.size_bytes, files.sha256,
        files.line_count, files.unreadable_count, files.duplicate_of, coalesce(files.refusal_code, jobs.code) as code,
        case
            when files.duplicate_of is not null then 'duplicate'
            when files.role = 'marker' then 'marker'
            when files.refusal_code is not null then 'rejected'
            else coalesce(jobs.status, 'landed')
        end as status
    from landing.files as files
    left join {jobs} as jobs on files.file_id = jobs.file_id
    where ($feed is null or files.feed = $feed)
    order by files.file_id desc limit $limit
"""

_NO_JOBS = "(select null::bigint as file_id, null::varchar as status, null::varchar as code where false)"

_UNRECOGNISED = """
    select connection, path, reason, seen_at from landing.unrecognised_files order by seen_at desc, path limit $limit
"""

_SEGMENTS = """
    select segments.segment_id, segments.tenant_id, segments.segment_name, count(spells.contact_id) as member_count
    from marts.segments as segments
    left join marts.membership_spells as spells
        on segments.segment_id = spells.segment_id
        and spells.exit_log_id is null
        and (spells.exited_at is null or spells.exited_at > utc_now())
    where ($segment is null or segments.segment_name = $segment) and ($tenant is null or segments.tenant_id = $tenant)
    group by all order by segments.tenant_id, segments.segment_name
"""

_MEMBERS = """
    with members as (
        select contact_id, entered_at, entry_file_id, entry_line_number
        from marts.membership_spells
        where segment_id = $segment_id
            and (exited_at is null or exited_at > coalesce($as_of, utc_now()))
            and case when $as_of is null then exit_log_id is null else entered_at <= $as_of end
        order by entered_at, contact_id limit $limit
    )
    select
        members.contact_id,
        (
            select string_agg(identifier_type || ':' || identifier_value, ' ' order by log_id, identifier_type)
            from marts.contact_identifiers as known where known.contact_id = members.contact_id
        ) as identifiers,
        members.entered_at,
        files.path as entry_file,
        members.entry_line_number as entry_line
    from members
    inner join landing.files as files on members.entry_file_id = files.file_id
    order by members.entered_at, members.contact_id
"""

_CHANGES = """
    select changes.changed_at, changes.change, changes.contact_id,
        (
            select string_agg(identifier_type || ':' || identifier_value, ' ' order by log_id, identifier_type)
            from marts.contact_identifiers as known where known.contact_id = changes.contact_id
        ) as identifiers,
        files.path as file
    from marts.membership_changes as changes
    left join landing.files as files on changes.file_id = files.file_id
    where changes.segment_id = $segment_id
    order by
        changes.changed_at desc, coalesce(changes.log_id, changes.entry_log_id) desc, changes.contact_id,
        changes.entry_log_id desc, changes.entry_line_number desc, changes.change = 'added'
    limit $limit
"""

_SUBSCRIPTIONS = """
    with tags as (
        select publication_id, contact_id, list(tag order by tag) as tags
        from marts.subscription_tags
        where case
            when $as_of is null then valid_to_log_id is null
            else valid_from_log_id <= $as_of and (valid_to_log_id is null or valid_to_log_id > $as_of)
        end
        group by all
    )
    select versions.tenant_id, versions.contact_id,
        (
            select string_agg(identifier_type || ':' || identifier_value, ' ' order by log_id, identifier_type)
            from marts.contact_identifiers as known where known.contact_id = versions.contact_id
        ) as identifiers,
        versions.status, tags.tags, versions.sms_phone, versions.started_at, versions.ended_at, versions.auto_renews,
        efforts.source_campaign, efforts.source_partner, versions.changed_at, files.path as file
    from marts.subscription_versions as versions
    inner join landing.files as files on versions._file_id = files.file_id
    left join marts.campaign_efforts as efforts on versions.effort_file_id = efforts.file_id
    left join tags on versions.publication_id = tags.publication_id and versions.contact_id = tags.contact_id
    where versions.publication_name = $publication
        and ($tenant is null or versions.tenant_id = $tenant)
        and ($status is null or versions.status = $status)
        and case
            when $as_of is null then versions.valid_to_log_id is null
            else versions.valid_from_log_id <= $as_of
                and (versions.valid_to_log_id is null or versions.valid_to_log_id > $as_of)
        end
    order by versions.tenant_id, versions.contact_id limit $limit
"""

_REJECTED = """
    select told.file_id, files.path, told.line_number, {column}, told.code, told.raw_text
    from marts.{table} as told
    inner join landing.files as files on told.file_id = files.file_id
    where ($file_id is null or told.file_id = $file_id)
    order by told.file_id desc, told.line_number, {column} limit $limit
"""

_REJECTED_PARTS = """
    select parts.path, parts.code
    from marts.import_jobs as jobs
    inner join marts.deliveries as deliveries on jobs.log_id = deliveries.log_id and deliveries.code = 'rejected_part'
    inner join marts.import_jobs as parts on jobs.log_id = parts.log_id and parts.code <> 'rejected_part'
    where jobs.file_id = $file_id and jobs.status = 'held'
    order by parts.path
"""

_REJECTED_CODES = """
    select code, count(*) as row_count, min(line_number) as first_line
    from marts.rejected_rows
    where file_id = $file_id
    group by code
    order by row_count desc, code
"""


_EXPORTS = """
    select * from marts.exports where $export is null or export = $export order by run_id desc limit $limit
"""


def query(settings: Settings, sql: str, **parameters: Any) -> Rows:
    """The rows of a query, by the names of their columns. Raises `NotBuiltError` if a mart is not there yet."""
    with open_to_read(settings) as connection:
        try:
            cursor = connection.execute(sql, parameters)
        except duckdb.CatalogException as error:
            raise NotBuiltError(f"{settings.database}: nothing has been built yet; `muster build` does it") from error
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def jobs(settings: Settings, feed: str | None = None, limit: int | None = None, since: int = 0) -> Rows:
    """Import jobs, the latest first (R9): one per version of a data file; `since`: judged after this log entry."""
    return query(settings, _JOBS, feed=feed, limit=limit, since=since)


def files(settings: Settings, feed: str | None = None, limit: int | None = None) -> Rows:
    """The ledger, the latest first: every version of every file, markers, duplicates and refused ones included."""
    try:
        return query(settings, _FILES.format(jobs="marts.import_jobs"), feed=feed, limit=limit)
    except NotBuiltError:
        return query(settings, _FILES.format(jobs=_NO_JOBS), feed=feed, limit=limit)


def unrecognised(settings: Settings, limit: int | None = None) -> Rows:
    """Files seen on the servers that no feed takes."""
    return query(settings, _UNRECOGNISED, limit=limit)


def segments(settings: Settings, segment: str | None = None, tenant: str | None = None) -> Rows:
    """Segments with the number of their members."""
    return query(settings, _SEGMENTS, segment=segment, tenant=tenant)


def members(
    settings: Settings,
    segment: str,
    tenant: str | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> Rows:
    """Who is in the segment, now or at `as_of` (naive UTC), with the file and line that brought them."""
    return query(settings, _MEMBERS, segment_id=_segment_id(settings, segment, tenant), as_of=as_of, limit=limit)


def changes(settings: Settings, segment: str, tenant: str | None = None, limit: int | None = None) -> Rows:
    """What each file added to the segment and removed from it, the latest first."""
    return query(settings, _CHANGES, segment_id=_segment_id(settings, segment, tenant), limit=limit)


def subscriptions(
    settings: Settings,
    publication: str,
    tenant: str | None = None,
    status: str | None = None,
    as_of: int | None = None,
    limit: int | None = None,
) -> Rows:
    """The subscriptions to a publication, now or as they were after the file `as_of` (its file_id)."""
    if as_of is not None:
        _check_file(settings, as_of)
    given = {"publication": publication, "tenant": tenant, "status": status, "as_of": as_of, "limit": limit}
    rows = query(settings, _SUBSCRIPTIONS, **given)
    if not rows:
        _check_publication(settings, publication)
    return rows


def rejected(settings: Settings, file_id: int | None = None, limit: int | None = None) -> Rows:
    """Rejected rows with code, line and raw text, of one file or of all."""
    if file_id is not None:
        _check_file(settings, file_id)
    sql = _REJECTED.format(table="rejected_rows", column="told.byte_offset")
    return query(settings, sql, file_id=file_id, limit=limit)


def dropped_cells(settings: Settings, file_id: int | None = None, limit: int | None = None) -> Rows:
    """Cells that count for nothing in rows that count, with column, code and raw text, of one file or of all (X10)."""
    if file_id is not None:
        _check_file(settings, file_id)
    sql = _REJECTED.format(table="dropped_cells", column="told.column_name")
    return query(settings, sql, file_id=file_id, limit=limit)


def rejected_parts(settings: Settings, file_id: int) -> Rows:
    """The files that hold the delivery of a held file, with their codes; none where something else holds it (C89)."""
    return query(settings, _REJECTED_PARTS, file_id=file_id)


def rejected_codes(settings: Settings, file_id: int) -> Rows:
    """The codes of a file's rejected rows, most frequent first: `code`, `row_count`, `first_line`."""
    return query(settings, _REJECTED_CODES, file_id=file_id)


def exports(settings: Settings, export: str | None = None, limit: int | None = None) -> Rows:
    """Runs of exports, the latest first, with what became of the members (B16)."""
    return query(settings, _EXPORTS, export=export, limit=limit)


def _check_file(settings: Settings, file_id: int) -> None:
    if not query(settings, "select 1 from landing.files where file_id = $file_id", file_id=file_id):
        raise ConfigurationError(f"there is no file {file_id}; `muster files` lists them")


def _check_publication(settings: Settings, publication: str) -> None:
    rows = query(settings, "select distinct publication_name from marts.subscription_versions order by all")
    known = [row["publication_name"] for row in rows]
    if publication not in known:
        raise ConfigurationError(f"there is no publication {publication!r}; known: {', '.join(known) or 'none yet'}")


def _segment_id(settings: Settings, segment: str, tenant: str | None) -> Any:
    """The one segment of this name; a name that several tenants use needs the tenant (X9)."""
    found = segments(settings, segment, tenant)
    if not found:
        known = ", ".join(f"{row['tenant_id']}/{row['segment_name']}" for row in segments(settings)[:20])
        raise ConfigurationError(f"there is no segment {segment!r}; known: {known or 'none yet'}")
    if len(found) > 1:
        tenants = ", ".join(row["tenant_id"] for row in found)
        raise ConfigurationError(f"segment {segment!r} exists in the tenants {tenants}: say which with --tenant")
    return found[0]["segment_id"]
