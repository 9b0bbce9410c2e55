{{ config(incremental_strategy='append') }}

-- Of an applied delivery, the lists that were not: those of segments that were there before, and of which no row is
-- valid (X5); and those that would do too much (X6). Rejected rows alone make no segment known.
with

deliveries as (
    select * from {{ this_run('deliveries') }}
    where verdict = 'applied'
),

named as (
    select
        lists.*,
        coalesce(guarded.code, 'no_valid_row') as code
    from {{ ref('int_delivery_segments') }} as lists
    left join {{ held_by_guard() }} as guarded
        on lists.log_id = guarded.log_id and lists.segment_id = guarded.segment_id
    where lists.segment_id is not null and (lists.valid_count = 0 or guarded.code is not null)
),

final as (
    select
        named.log_id,
        named.segment_id,
        named.segment_name,
        deliveries.tenant_id,
        deliveries.feed,
        named.code,
        file_of_row(named.first_row_id) as file_id,
        line_of_row(named.first_row_id) as line_number
    from named
    inner join deliveries on named.log_id = deliveries.log_id
    inner join {{ ref('int_deliveries') }} as kinds
        on named.log_id = kinds.log_id and kinds.applies = 'complete_list'
    left join {{ ref('segments') }} as segments
        on named.segment_id = segments.segment_id and named.log_id > segments.created_log_id
    anti join {{ this_run('segment_lists') }} as lists
        on named.log_id = lists.log_id and named.segment_id = lists.segment_id
    where named.valid_count > 0 or segments.segment_id is not null
)

select * from final
