-- One row per data file of this run, duplicates included, with its lines by outcome as of the delivery that tells of it
-- (X1, R9).
with

files as (
    select * from {{ ref('stg_muster__files') }}
    where role = 'data'
),

delivery_files as (
    select files.*
    from {{ ref('int_delivery_files') }} as files
    inner join {{ ref('int_files__told') }} as told on files.file_id = told.file_id and files.log_id = told.log_id
),

outcomes as (
    select
        log_id,
        row_id,
        outcome,
        contact_id is not null and segment_id is not null as is_listed,
        is_further
    from {{ ref('int_rows__outcome') }}
    union all
    select
        log_id,
        row_id,
        outcome,
        false as is_listed,
        false as is_further
    from {{ ref('int_linked_rows') }}
),

counted as (
    select
        log_id,
        file_of_row(row_id) as file_id,
        count(*) filter (where outcome = 'accepted') as accepted_count,
        count(*) filter (where outcome = 'rejected') as rejected_count,
        count(*) filter (where outcome = 'ignored') as ignored_count,
        count(*) filter (where outcome = 'duplicate') as duplicate_count,
        count(*) filter (where outcome = 'filtered') as filtered_count,
        count(*) filter (where outcome = 'accepted' and is_listed) as listed_count,
        count(*) filter (where outcome = 'accepted' and is_further) as further_count
    from outcomes
    group by log_id, file_id
),

-- Files that one of their rows spoils (A3).
spoiled as (
    select
        log_id,
        file_of_row(row_id) as file_id,
        min(row_code) as code
    from {{ ref('int_rows__matched') }}
    where spoils_file
    group by log_id, file_id
),

held as (
    select distinct log_id
    from {{ this_run('held_lists') }}
),

dropped as (
    select
        file_id,
        count(*) as dropped_cell_count
    from {{ ref('dropped_cells') }}
    group by file_id
),

-- What became of each file: of a duplicate nothing.
decided as (
    select
        delivery_files.file_id,
        delivery_files.log_id,
        deliveries.verdict as status,
        case
            when held.log_id is not null then 'held_segment'
            else coalesce(delivery_files.refusal_code, spoiled.code, deliveries.code)
        end as code
    from delivery_files
    inner join {{ ref('deliveries') }} as deliveries on delivery_files.log_id = deliveries.log_id
    left join held on delivery_files.log_id = held.log_id
    left join spoiled on delivery_files.log_id = spoiled.log_id and delivery_files.file_id = spoiled.file_id
    union all
    select
        files.file_id,
        files.file_id as log_id,
        'duplicate' as status,
        cast(null as varchar) as code
    from files
    inner join {{ ref('int_run') }} as run on files.file_id > run.decided_log_id and files.file_id <= run.last_log_id
    where files.duplicate_of is not null
),

final as (
    select
        decided.file_id,
        decided.log_id,
        decided.status,
        decided.code,
        coalesce(counted.accepted_count, 0) as accepted_count,
        coalesce(counted.rejected_count, 0)
        + if(decided.status = 'duplicate', 0, files.unreadable_count) as rejected_count,
        coalesce(counted.ignored_count, 0) as ignored_count,
        coalesce(counted.duplicate_count, 0) as duplicate_count,
        coalesce(counted.filtered_count, 0) as filtered_count,
        coalesce(dropped.dropped_cell_count, 0) as dropped_cell_count,
        coalesce(counted.listed_count, 0) as listed_count,
        coalesce(counted.further_count, 0) as further_count
    from decided
    inner join files on decided.file_id = files.file_id
    left join dropped on decided.file_id = dropped.file_id
    left join counted on decided.log_id = counted.log_id and decided.file_id = counted.file_id
)

select * from final
