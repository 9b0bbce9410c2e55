-- One row per delivery of this run with its verdict: the first that fits (docs/semantics.md, 2).
with

deliveries as (
    select * from {{ ref('int_deliveries__pending') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

files as (
    select * from {{ ref('int_files__in_form') }}
),

refused as (
    select * from {{ ref('int_deliveries__refused') }}
),

lists as (
    select
        log_id,
        bool_and(is_fit) as is_fit,
        bool_and(is_superseded) as is_superseded
    from {{ ref('int_lists__judged') }}
    group by log_id
),

deliveries_before as (
    select * from {{ state_before('deliveries', since='log_id') }}
),

judged as (
    select
        deliveries.*,
        case
            when not deliveries.is_complete then 'waiting'
            when refused.is_refused and not coalesce(files.is_part, true) then 'rejected'
            when refused.is_refused then 'held'
            when deliveries.applies = 'complete_list' and not coalesce(lists.is_fit, feeds.allow_empty) then 'held'
            when lists.is_superseded then 'superseded'
            else 'applied'
        end as verdict,
        case
            when not deliveries.is_complete then null
            when refused.is_refused and not coalesce(files.is_part, true) then refused.refusal_code
            when refused.is_refused then 'rejected_part'
            when deliveries.applies = 'complete_list' and not coalesce(lists.is_fit, feeds.allow_empty)
                then 'empty_list'
        end as code
    from deliveries
    inner join feeds on deliveries.feed = feeds.feed
    inner join refused on deliveries.log_id = refused.log_id
    left join lists on deliveries.log_id = lists.log_id
    -- the file at which the delivery is applied; a marker or a close is none of its parts
    left join files on deliveries.log_id = files.file_id and files.role = 'data'
),

newest_before as (
    select
        feed,
        tenant_id,
        max(sent_at) as sent_at
    from deliveries_before
    where verdict = 'applied'
    group by feed, tenant_id
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
        coalesce(
            judged.verdict = 'applied'
            and judged.sent_at < greatest(
                newest_before.sent_at,
                max(case when judged.verdict = 'applied' then judged.sent_at end) over (
                    partition by judged.feed, judged.tenant_id
                    order by judged.log_id rows between unbounded preceding and 1 preceding
                )
            ),
            false
        ) as is_late
    from judged
    left join newest_before on judged.feed = newest_before.feed and judged.tenant_id = newest_before.tenant_id
)

select * from final
