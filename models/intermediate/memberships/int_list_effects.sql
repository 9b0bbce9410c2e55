-- What each list does, and the code of the limit that it breaks (X6): in each tenant as far as the first that breaks
-- one, because what those behind it do depends on whether it is held; not if it only looks contacts up (A6), finds none
-- and removes none, and none behind it is older than it. And the lists that an earlier try of this run has found, which
-- are held now (`is_known`).
with

counted as (
    select * from {{ ref('int_list_counts') }}
),

known as (
    select held.*
    from {{ held_by_guard() }} as held
    inner join {{ ref('int_run') }} as run on held.log_id > run.decided_log_id
),

-- By the size of the lists before it, with those that earlier runs applied; lists of nobody never are.
sizes as (
    select
        log_id,
        segment_id,
        listed_count,
        line_count > 0 and listed_count = 0 as is_held
    from counted
    union all
    select
        log_id,
        segment_id,
        listed_count,
        false as is_held
    from {{ state_before('list_effects') }}
    where code is null
),

placed as (
    select
        *,
        count(*) filter (where not is_held) over (partition by segment_id order by log_id)
        + if(is_held, 1, 0) as place
    from sizes
),

usual as (
    select
        log_id,
        segment_id,
        median(listed_count) filter (where not is_held) over (
            partition by segment_id order by place range between 5 preceding and 1 preceding
        ) as usual_count
    from placed
),

-- What comes behind these is older, and may say nothing because of them: a later time has been applied (R12).
overtaking as (
    select log_id
    from {{ this_run('deliveries') }}
    qualify
        sent_at > min(sent_at) over (
            partition by tenant_id order by log_id rows between 1 following and unbounded following
        )
),

limits as (
    select * from {{ ref('segment_limits') }}
),

judged as (
    select
        counted.*,
        cast(usual.usual_count as bigint) as usual_count,
        broken_limit(guard_of(feeds.guard, limits), counted, usual.usual_count) as code,  -- noqa: RF02
        feeds.subscribers_only
        and counted.listed_count = 0
        and counted.removed_count = 0
        and counted.log_id not in (select overtaking.log_id from overtaking) as does_nothing
    from counted
    inner join usual on counted.log_id = usual.log_id and counted.segment_id = usual.segment_id
    inner join {{ ref('stg_muster__feeds') }} as feeds on counted.feed = feeds.feed
    left join limits on counted.tenant_id = limits.tenant_id and counted.segment_name = limits.segment_name
),

exact as (
    select
        *,
        coalesce(
            log_id <= min(log_id) filter (where code is not null and not does_nothing) over (partition by tenant_id),
            true
        ) as is_exact
    from judged
),

final as (
    select
        * exclude (is_exact, does_nothing),
        false as is_known
    from exact
    where is_exact
    union all by name
    select
        *,
        true as is_known
    from known
)

select
    log_id,
    segment_id,
    segment_name,
    tenant_id,
    feed,
    file_id,
    line_count,
    rejected_count,
    listed_count,
    added_count,
    removed_count,
    usual_count,
    code,
    is_known
from final
