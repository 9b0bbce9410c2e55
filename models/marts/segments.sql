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

named as (
    select
        lists.segment_id,
        lists.tenant_id,
        lists.segment_name,
        lists.log_id,
        lists.sent_at
    from lists
    inner join applied on lists.log_id = applied.log_id and lists.segment_id = applied.segment_id
    union all
    select
        segment_id,
        tenant_id,
        segment_name,
        log_id,
        sent_at
    from {{ ref('int_commands') }}
),

-- The first applied list or command that names a segment creates it (A5).
final as (
    select
        segment_id,
        any_value(tenant_id) as tenant_id,
        any_value(segment_name) as segment_name,
        min(log_id) as created_log_id,
        arg_min(sent_at, log_id) as created_at
    from named
    where segment_id not in (select segments_before.segment_id from segments_before)
    group by segment_id
)

select * from final
