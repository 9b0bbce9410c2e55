{{ config(unique_key=['log_id', 'segment_id']) }}

with

lists as (
    select * from {{ ref('int_lists__judged') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

final as (
    select
        lists.log_id,
        lists.segment_id,
        lists.tenant_id,
        lists.sent_at,
        lists.replaces,
        lists.is_superseded
    from lists
    inner join deliveries on lists.log_id = deliveries.log_id
    where deliveries.verdict in ('applied', 'superseded')
)

select * from final
