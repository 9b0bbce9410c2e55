{{ config(incremental_strategy='append') }}

-- Of an applied delivery, the lists that were not: those of segments that were there before, and of which no row is
-- valid (X5). Rejected rows alone make no segment known.
with

deliveries as (
    select * from {{ this_run('deliveries') }}
    where verdict = 'applied'
),

named as (
    select * from {{ ref('int_delivery_segments') }}
    where valid_count = 0 and segment_id is not null
),

final as (
    select
        named.log_id,
        named.segment_id,
        segments.segment_name,
        segments.tenant_id,
        deliveries.feed,
        file_of_row(named.first_row_id) as file_id,
        line_of_row(named.first_row_id) as line_number
    from named
    inner join deliveries on named.log_id = deliveries.log_id
    inner join {{ ref('int_deliveries') }} as kinds
        on named.log_id = kinds.log_id and kinds.applies = 'complete_list'
    inner join {{ ref('segments') }} as segments
        on named.segment_id = segments.segment_id and named.log_id > segments.created_log_id
    anti join {{ this_run('segment_lists') }} as lists
        on named.log_id = lists.log_id and named.segment_id = lists.segment_id
)

select * from final
