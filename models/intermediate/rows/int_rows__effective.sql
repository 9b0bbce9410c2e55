-- One row per row of this run and whether it can have an effect: it is valid, its delivery applied, its list neither
-- superseded nor held. `owner_id` is the contact that its first identifier had before this run.
{{ config(materialized='view') }}

with

matched as (
    select * from {{ ref('int_rows__matched') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

final as (
    select
        matched.log_id,
        matched.row_id,
        deliveries.feed,
        deliveries.tenant_id,
        feeds.subscribers_only,
        feeds.on_duplicate,
        matched.segment_id,
        matched.owner_id,
        matched.identifiers,
        matched.is_change,
        matched.row_hash,
        matched.read_by,
        matched.row_code,
        matched.is_filtered,
        deliveries.verdict,
        deliveries.code as delivery_code,
        feeds.creates_contacts and not feeds.subscribers_only as creates_contacts,
        matched.row_code is null and without_effect.log_id is null and deliveries.verdict = 'applied' as is_effective
    from matched
    inner join {{ ref('deliveries') }} as deliveries on matched.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
    left join {{ lists_without_effect(this_run('segment_lists')) }} as without_effect
        on matched.log_id = without_effect.log_id and matched.segment_id = without_effect.segment_id
)

select * from final
