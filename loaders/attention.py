"""What a run has to say of the marts: what waits, and what is held or looks wrong, as rows."""

from __future__ import annotations

from loaders.config.settings import Settings
from loaders.queries import Rows, query

_WAITING = """
    select files.feed, files.delivery, files.tenant_id, arg_min(files.path, files.file_id) as path,
        min(files.landed_at) as landed_at
    from landing.files as files
    inner join (
        select delivery from marts.deliveries
        group by delivery having bool_and(verdict in ('waiting', 'rejected'))
    ) as waiting on files.delivery = waiting.delivery
    where files.duplicate_of is null and list_contains($feeds, files.feed)
    group by files.feed, files.delivery, files.tenant_id
    order by min(files.file_id)
"""

_BEHIND_REFUSED = """
    select refused.path, refused.file_id, refused.refusal_code, waiting.*
    from (
        select feed, tenant_id, count(*) as waiting_count, arg_min(path, (sent_at, file_id)) as first_path
        from landing.files
        where waits_for is not null and (feed, delivery) not in (
            select (feed, delivery) from landing.decisions where kind = 'close'
        )
        group by feed, tenant_id
    ) as waiting
    inner join landing.open_refusals as refused
        on waiting.feed = refused.feed and waiting.tenant_id = refused.tenant_id
    qualify row_number() over (
        partition by refused.feed, refused.tenant_id order by refused.sent_at, refused.file_id
    ) = 1
    order by refused.file_id
"""

_LAST_SEEN = """
    select feed, max(seen_at) as last_at from (
        select feed, max(landed_at) as seen_at from landing.files group by feed
        union all
        select feed, min(started_at) from landing.pickups group by feed
    ) group by feed
"""

_UNJOINED = """
    with versions as (
        select *, lag(sha256) over (partition by feed, path order by file_id) as last_sha256
        from landing.files
        where duplicate_of is null and list_contains($feeds, feed)
    )
    select versions.feed, versions.path, versions.delivery, jobs.line_count
    from marts.import_jobs as jobs
    inner join versions on jobs.file_id = versions.file_id
    inner join marts.rejected_rows as rejected on jobs.file_id = rejected.file_id
    where jobs.log_id > $since and jobs.status = 'applied' and jobs.rejected_count = jobs.line_count
        and versions.sha256 is distinct from versions.last_sha256
    group by all
    having bool_or(rejected.code = 'no_root_row') and not bool_or(rejected.code = 'root_row_rejected')
    order by versions.path
"""

_HELD_LISTS = """
    select files.path, held.file_id, held.line_number, held.segment_name
    from marts.held_lists as held
    inner join landing.files as files on held.file_id = files.file_id
    where held.code = 'no_valid_row' and held.log_id > $since
    order by held.log_id, held.file_id, held.line_number
"""

_GUARDED = """
    select files.path, effects.*, effects.removed_count + effects.listed_count - effects.added_count as member_count
    from marts.list_effects as effects
    inner join landing.files as files on effects.file_id = files.file_id
    where effects.code is not null and effects.log_id > $since
    order by effects.log_id, effects.segment_name
"""

_LATE_IMPORTS = """
    select path, sent_at, too_late_count
    from marts.import_jobs
    where log_id > $since and too_late_count > 0
    order by log_id
"""

_CROWDED = """
    select files.path, crowded.identifier_type, crowded.identifier_value, crowded.gathered_count
    from marts.crowded_identifiers as crowded
    inner join landing.files as files on crowded.file_id = files.file_id
    where crowded.log_id > $since
    order by crowded.log_id, crowded.file_id, crowded.gathered_count desc, crowded.identifier_value
"""


def waiting(settings: Settings, feeds: list[str]) -> Rows:
    """The files of these feeds, which have linked files, whose delivery waits: the first of each feed and delivery."""
    return query(settings, _WAITING, feeds=feeds)


def last_seen(settings: Settings) -> Rows:
    """When the last file of each feed was landed (naive UTC); of one without any, when it was first looked for."""
    return query(settings, _LAST_SEEN)


def behind_refused(settings: Settings) -> Rows:
    """Of each feed and tenant the first refused file behind which others wait, and how many (C111)."""
    return query(settings, _BEHIND_REFUSED)


def unjoined(settings: Settings, feeds: list[str], since: int) -> Rows:
    """New files of these linked feeds, judged after log entry `since`, of which no line belongs to a root row."""
    return query(settings, _UNJOINED, feeds=feeds, since=since)


def guarded_lists(settings: Settings, since: int) -> Rows:
    """Lists that are held for what they would do, judged after log entry `since` (X6)."""
    return query(settings, _GUARDED, since=since)


def crowded_identifiers(settings: Settings, since: int) -> Rows:
    """Identifiers that a file, judged after log entry `since`, gives to more than `max_sharing` contacts (X3)."""
    return query(settings, _CROWDED, since=since)


def held_lists(settings: Settings, since: int) -> Rows:
    """Lists held in deliveries that were applied after log entry `since`, with the first line of each (X5)."""
    return query(settings, _HELD_LISTS, since=since)


def late_imports(settings: Settings, since: int) -> Rows:
    """Imports judged after log entry `since` with rows about what a later import had changed before (X12)."""
    return query(settings, _LATE_IMPORTS, since=since)
