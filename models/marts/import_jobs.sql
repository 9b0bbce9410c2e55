{{ config(unique_key='file_id') }}

with

counted as (
    select * from {{ ref('int_files__counted') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
),

spells as (
    select * from {{ ref('membership_spells') }}
),

versions as (
    select * from {{ ref('contact_versions') }}
),

events as (
    select * from {{ ref('int_membership_events') }}
),

added as (
    select
        entry_file_id as file_id,
        count(*) as added_count
    from spells
    where entry_file_id in (select counted.file_id from counted)
    group by entry_file_id
),

removed as (
    select
        exit_file_id as file_id,
        count(*) as removed_count
    from spells
    where exit_file_id in (select counted.file_id from counted)
    group by exit_file_id
),

written as (
    select
        _file_id as file_id,
        count(distinct contact_id) filter (where not is_first) as updated_count
    from versions
    where _file_id in (select counted.file_id from counted)
    group by _file_id
),

created as (
    select
        {{ file_of_row('contact_id') }} as file_id,
        count(*) as created_count
    from versions
    where is_first and {{ file_of_row('contact_id') }} in (select counted.file_id from counted)
    group by {{ file_of_row('contact_id') }}
),

-- Accepted rows whose stay begins with this delivery: the others' went on.
begun as (
    select
        log_id,
        file_id,
        count(*) as begun_count
    from events
    where event = 'entered'
    group by log_id, file_id
),

final as (
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
        cast(0 as bigint) as filtered_count,
        cast(0 as bigint) as suppressed_count,
        coalesce(added.added_count, 0) as added_count,
        coalesce(removed.removed_count, 0) as removed_count,
        counted.listed_count - coalesce(begun.begun_count, 0) as unchanged_count,
        coalesce(created.created_count, 0) as created_count,
        coalesce(written.updated_count, 0) as updated_count
    from counted
    inner join files on counted.file_id = files.file_id
    left join added on counted.file_id = added.file_id
    left join removed on counted.file_id = removed.file_id
    left join written on counted.file_id = written.file_id
    left join created on counted.file_id = created.file_id
    left join begun on counted.log_id = begun.log_id and counted.file_id = begun.file_id
)

select * from final
