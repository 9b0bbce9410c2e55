{{ config(incremental_strategy='append') }}

-- The first applied list or command that names a segment creates it (A5).
with

segments_before as (
    select * from {{ state_before('segments') }}
),

named as (
    select
        segment_id,
        tenant_id,
        segment_name,
        log_id,
        sent_at
    from {{ this_run('segment_lists') }}
    where not is_superseded
    union all
    select
        segment_id,
        tenant_id,
        segment_name,
        log_id,
        sent_at
    from {{ ref('int_commands') }}
),

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
