{{ config(incremental_strategy='append') }}

-- Lists that could be applied: those of complete deliveries in which nothing is refused or held (X5, X6), of segments
-- that have a valid row. An empty one may be applied where the feed allows it, but not if all its rows are invalid. An
-- addition may be empty.
with

deliveries as (
    select
        *,
        applies = 'complete_list' as replaces
    from {{ ref('int_deliveries') }}
    where is_complete and applies in ('complete_list', 'addition')
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

named as (
    select * from {{ ref('int_delivery_segments') }}
    where segment_id is not null and refusal_code is null and hold_code is null
),

registry as (
    select distinct
        tenant_id,
        segment_name
    from {{ ref('segment_registry') }}
    where owned_by = 'feed'
),

last_files as (
    select
        log_id,
        max(file_id) as file_id
    from {{ ref('int_delivery_files') }}
    group by log_id
),

newest_before as (
    select
        segment_id,
        max(sent_at) as sent_at,
        max(sent_at) filter (where replaces) as list_sent_at
    from {{ state_before('segment_lists') }}
    where not is_superseded
    group by segment_id
),

lists as (
    select
        named.log_id,
        named.segment_id,
        named.segment_name,
        deliveries.tenant_id,
        deliveries.feed,
        deliveries.sent_at,
        deliveries.replaces,
        last_files.file_id as last_file_id,
        newest_before.list_sent_at,
        deliveries.replaces and registry.segment_name is not null as removes_only_own,
        -- A list comes too late after whatever was applied with a later time. (What is superseded is never the latest.)
        deliveries.replaces and coalesce(
            deliveries.sent_at < greatest(
                newest_before.sent_at,
                max(deliveries.sent_at) over (
                    partition by named.segment_id
                    order by named.log_id rows between unbounded preceding and 1 preceding
                )
            ),
            false
        ) as is_superseded_list
    from named
    inner join deliveries on named.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
    inner join last_files on named.log_id = last_files.log_id
    left join registry on deliveries.tenant_id = registry.tenant_id and named.segment_name = registry.segment_name
    left join newest_before on named.segment_id = newest_before.segment_id
    anti join {{ held_by_guard() }} as guarded
        on named.log_id = guarded.log_id and named.segment_id = guarded.segment_id
    where
        not deliveries.replaces
        or named.valid_count > 0
        or (feeds.allow_empty and named.invalid_count = 0)
),

-- An addition only after a list that did not (R12, O2).
final as (
    select
        log_id,
        segment_id,
        segment_name,
        tenant_id,
        feed,
        sent_at,
        replaces,
        removes_only_own,
        last_file_id,
        is_superseded_list or (
            not replaces and coalesce(
                sent_at < greatest(
                    list_sent_at,
                    max(case when replaces and not is_superseded_list then sent_at end) over (
                        partition by segment_id order by log_id rows between unbounded preceding and 1 preceding
                    )
                ),
                false
            )
        ) as is_superseded
    from lists
)

select * from final
