{{ config(unique_key='file_id') }}

with

counted as (
    select * from {{ ref('int_files__counted') }}
),

-- Of the stays that began with a file, those that began with its last delivery; the same of those that ended.
added as (
    select
        counted.file_id,
        count(*) as added_count,
        count(*) filter (where spells.entry_log_id = counted.log_id) as begun_count
    from {{ ref('membership_spells') }} as spells
    inner join counted on spells.entry_file_id = counted.file_id
    group by counted.file_id
),

removed as (
    select
        counted.file_id,
        count(*) filter (where spells.exit_reason = 'removed') as removed_count,
        count(*) filter (where spells.exit_reason = 'deleted') as deleted_count
    from {{ ref('membership_spells') }} as spells
    inner join counted on spells.exit_file_id = counted.file_id
    group by counted.file_id
),

-- Commands whose membership is over at once (M6).
expired as (
    select
        file_of_row(row_id) as file_id,
        count(*) as expired_count
    from {{ ref('int_commands') }}
    where kind = 'update' and expires_at <= sent_at
    group by file_id
),

written as (
    select
        versions._file_id as file_id,
        count(*) filter (where versions.is_first) as created_count,
        count(distinct versions.contact_id) filter (where not versions.is_first) as updated_count
    from {{ ref('contact_versions') }} as versions
    inner join counted on versions._file_id = counted.file_id
    group by versions._file_id
),

changed as (
    select
        valid_from_log_id as log_id,
        count(*) as changed_count
    from {{ this_run('contact_versions') }}
    group by valid_from_log_id
),

shared as (
    select
        _file_id as file_id,
        count(*) as shared_identifier_count
    from {{ ref('shared_identifiers') }}
    where _file_id in (select counted.file_id from counted)
    group by _file_id
)

select
    counted.file_id,
    counted.log_id,
    files.feed,
    files.path,
    files.tenant_id,
    files.delivery,
    files.sent_at,
    files.landed_at,
    counted.status,
    counted.code,
    files.refusal_detail as detail,
    files.line_count,
    counted.accepted_count,
    counted.rejected_count,
    counted.ignored_count,
    counted.duplicate_count,
    counted.filtered_count,
    cast(0 as bigint) as suppressed_count,
    counted.dropped_cell_count,
    coalesce(shared.shared_identifier_count, 0) as shared_identifier_count,
    coalesce(added.added_count, 0) as added_count,
    coalesce(removed.removed_count, 0) as removed_count,
    coalesce(removed.deleted_count, 0) as deleted_count,
    coalesce(expired.expired_count, 0) as expired_count,
    case
        when feeds.applies in ('profiles', 'groups') and counted.status = 'applied'
            then counted.accepted_count - counted.further_count - coalesce(changed.changed_count, 0)
        else counted.listed_count - coalesce(added.begun_count, 0) - coalesce(removed.deleted_count, 0)
    end as unchanged_count,
    coalesce(written.created_count, 0) as created_count,
    coalesce(written.updated_count, 0) as updated_count,
    coalesce(subscriptions.created_subscription_count, 0) as created_subscription_count,
    coalesce(subscriptions.updated_subscription_count, 0) as updated_subscription_count,
    coalesce(subscriptions.too_late_count, 0) as too_late_count
from counted
inner join {{ ref('stg_muster__files') }} as files on counted.file_id = files.file_id
inner join {{ ref('stg_muster__feeds') }} as feeds on files.feed = feeds.feed
left join added on counted.file_id = added.file_id
left join removed on counted.file_id = removed.file_id
left join written on counted.file_id = written.file_id
left join changed on counted.log_id = changed.log_id
left join expired on counted.file_id = expired.file_id
left join shared on counted.file_id = shared.file_id
left join {{ ref('int_files__subscriptions') }} as subscriptions on counted.file_id = subscriptions.file_id
