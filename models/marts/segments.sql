{{ config(unique_key='segment_id') }}

with

lists as (
    select * from {{ ref('int_lists__judged') }}
),

segments_before as (
    select * from {{ state_before('segments', since='created_log_id') }}
),

applied as (
    select * from {{ ref('segment_lists') }}
    where not is_superseded
),

-- The first applied list that names a segment creates it (A5).
final as (
    select
        lists.segment_id,
        any_value(lists.tenant_id) as tenant_id,
        any_value(lists.segment_name) as segment_name,
        min(lists.log_id) as created_log_id,
        arg_min(lists.sent_at, lists.log_id) as created_at
    from lists
    inner join applied on lists.log_id = applied.log_id and lists.segment_id = applied.segment_id
    where lists.segment_id not in (select segments_before.segment_id from segments_before)
    group by lists.segment_id
)

select * from final
