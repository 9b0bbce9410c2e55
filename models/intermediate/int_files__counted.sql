-- One row per data file of this run, duplicates included, with its lines by outcome as of its last delivery (X1, R9).
with

run as (
    select * from {{ ref('int_run') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
    where role = 'data'
),

delivery_files as (
    select * from {{ ref('int_delivery_files') }}
),

outcomes as (
    select
        log_id,
        row_id,
        outcome,
        is_effective and segment_id is not null as is_listed
    from {{ ref('int_rows__outcome') }}
    union all
    select
        log_id,
        row_id,
        outcome,
        false as is_listed
    from {{ ref('int_linked_rows') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

last_deliveries as (
    select
        file_id,
        max(log_id) as log_id
    from delivery_files
    group by file_id
),

counted as (
    select
        log_id,
        {{ file_of_row('row_id') }} as file_id,
        count(*) filter (where outcome = 'accepted') as accepted_count,
        count(*) filter (where outcome = 'rejected') as rejected_count,
        count(*) filter (where outcome = 'ignored') as ignored_count,
        count(*) filter (where outcome = 'duplicate') as duplicate_count,
        count(*) filter (where outcome = 'filtered') as filtered_count,
        count(*) filter (where outcome = 'accepted' and is_listed) as listed_count
    from outcomes
    group by log_id, file_id
),

decided as (
    select
        files.file_id,
        deliveries.log_id,
        deliveries.verdict as status,
        coalesce(delivery_files.refusal_code, deliveries.code) as code,
        coalesce(counted.accepted_count, 0) as accepted_count,
        coalesce(counted.rejected_count, 0) + files.unreadable_count as rejected_count,
        coalesce(counted.ignored_count, 0) as ignored_count,
        coalesce(counted.duplicate_count, 0) as duplicate_count,
        coalesce(counted.filtered_count, 0) as filtered_count,
        coalesce(counted.listed_count, 0) as listed_count
    from last_deliveries
    inner join files on last_deliveries.file_id = files.file_id
    inner join deliveries on last_deliveries.log_id = deliveries.log_id
    inner join delivery_files
        on last_deliveries.log_id = delivery_files.log_id and last_deliveries.file_id = delivery_files.file_id
    left join counted on last_deliveries.log_id = counted.log_id and last_deliveries.file_id = counted.file_id
),

duplicates as (
    select
        files.file_id,
        files.file_id as log_id,
        'duplicate' as status,
        cast(null as varchar) as code,
        0 as accepted_count,
        0 as rejected_count,
        0 as ignored_count,
        0 as duplicate_count,
        0 as filtered_count,
        0 as listed_count
    from files
    inner join run on files.file_id > run.decided_log_id and files.file_id <= run.last_log_id
    where files.duplicate_of is not null
),

final as (
    select * from decided
    union all
    select * from duplicates
)

select * from final
