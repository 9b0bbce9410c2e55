{{ config(incremental_strategy='append') }}

-- The verdict is the first that fits (docs/semantics.md, 2). `merge_rules` are those in force then (B8): what a change
-- was made by does not change with the seed.
with

deliveries as (
    select * from {{ ref('int_deliveries') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

faults as (
    select distinct
        log_id,
        refusal_code,
        hold_code
    from {{ ref('int_delivery_segments') }}
),

lists as (
    select
        log_id,
        bool_and(is_superseded) as is_superseded
    from {{ this_run('segment_lists') }}
    group by log_id
),

guarded as (
    select
        log_id,
        min(code) as code
    from {{ held_by_guard() }}
    group by log_id
),

judged as (
    select
        deliveries.*,
        rules.rules as merge_rules,
        case
            when not deliveries.is_complete then 'waiting'
            when faults.refusal_code is not null and not deliveries.is_in_parts then 'rejected'
            when coalesce(faults.refusal_code, faults.hold_code) is not null then 'held'
            when
                deliveries.applies = 'complete_list' and lists.log_id is null
                and (guarded.code is not null or not feeds.allow_empty)
                then 'held'
            when lists.is_superseded then 'superseded'
            else 'applied'
        end as verdict,
        case
            when not deliveries.is_complete and feeds.completes_by is null then 'behind_refused'
            when not deliveries.is_complete then null
            when faults.refusal_code is not null and not deliveries.is_in_parts then faults.refusal_code
            when faults.refusal_code is not null then 'rejected_part'
            when faults.hold_code is not null then faults.hold_code
            when deliveries.applies = 'complete_list' and lists.log_id is null and guarded.code is not null
                then guarded.code
            when deliveries.applies = 'complete_list' and lists.log_id is null and not feeds.allow_empty
                then 'empty_list'
        end as code
    from deliveries
    inner join {{ ref('stg_muster__feeds') }} as feeds on deliveries.feed = feeds.feed
    left join rules on deliveries.feed = rules.feed
    left join faults on deliveries.log_id = faults.log_id
    left join lists on deliveries.log_id = lists.log_id
    left join guarded on deliveries.log_id = guarded.log_id
),

applied as (
    select
        max(log_id) as log_id,
        feed,
        tenant_id,
        max(sent_at) as sent_at
    from {{ state_before('deliveries') }}
    where verdict = 'applied'
    group by feed, tenant_id
    union all
    select
        log_id,
        feed,
        tenant_id,
        sent_at
    from judged
    where verdict = 'applied'
),

newest as (
    select
        log_id,
        max(sent_at) over of_feed as sent_at_of_feed,
        max(sent_at) over of_tenant as sent_at_of_tenant
    from applied
    window
        of_feed as (partition by tenant_id, feed order by log_id rows between unbounded preceding and 1 preceding),
        of_tenant as (partition by tenant_id order by log_id rows between unbounded preceding and 1 preceding)
),

final as (
    select
        judged.log_id,
        judged.feed,
        judged.tenant_id,
        judged.delivery,
        judged.sent_at,
        judged.verdict,
        judged.code,
        judged.merge_rules,
        coalesce(judged.sent_at < newest.sent_at_of_feed, false) as is_late,
        coalesce(judged.sent_at < newest.sent_at_of_tenant, false) as is_overtaken
    from judged
    left join newest on judged.log_id = newest.log_id
)

select * from final
