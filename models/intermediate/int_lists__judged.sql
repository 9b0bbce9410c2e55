-- One row per delivery of this run and segment that it replaces or adds to, with the number of valid rows and whether
-- it comes too late: a list, after a later one or a later addition (R12), an addition, after a later list (O2).
with

deliveries as (
    select
        *,
        applies = 'complete_list' as replaces
    from {{ ref('int_deliveries__pending') }}
    where applies in ('complete_list', 'addition')
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

files as (
    select * from {{ ref('int_delivery_files') }}
),

matched as (
    select * from {{ ref('int_rows__matched') }}
),

lists_before as (
    select * from {{ state_before('segment_lists', since='log_id') }}
),

-- A segment is named by the file's name, or by a row with a legal segment name.
named as (
    select
        log_id,
        segment_id,
        any_value(segment_name) as segment_name,
        sum(valid_count) as valid_count
    from (
        select
            log_id,
            segment_id,
            segment_name,
            0 as valid_count
        from files
        where segment_id is not null
        union all
        select
            log_id,
            segment_id,
            any_value(segment_name) as segment_name,
            count(*) filter (where row_code is null) as valid_count
        from matched
        where segment_id is not null
        group by log_id, segment_id
    ) as namings
    group by log_id, segment_id
),

-- Lists that could be applied: those of complete deliveries in which nothing is refused and nothing is empty (X5). An
-- addition may be empty.
fit_deliveries as (
    select
        deliveries.log_id,
        any_value(deliveries.tenant_id) as tenant_id,
        any_value(deliveries.sent_at) as sent_at,
        any_value(deliveries.replaces) as replaces,
        deliveries.is_complete and not any_value(refused.is_refused) as is_whole,
        min(named.valid_count) as smallest_count,
        any_value(feeds.allow_empty) as allow_empty
    from deliveries
    inner join feeds on deliveries.feed = feeds.feed
    inner join {{ ref('int_deliveries__refused') }} as refused on deliveries.log_id = refused.log_id
    left join named on deliveries.log_id = named.log_id
    group by deliveries.log_id, deliveries.is_complete
),

lists as (
    select
        named.log_id,
        named.segment_id,
        named.segment_name,
        named.valid_count,
        fit_deliveries.tenant_id,
        fit_deliveries.sent_at,
        fit_deliveries.replaces,
        fit_deliveries.is_whole
        and (fit_deliveries.smallest_count > 0 or fit_deliveries.allow_empty or not fit_deliveries.replaces) as is_fit
    from named
    inner join fit_deliveries on named.log_id = fit_deliveries.log_id
),

newest_before as (
    select
        segment_id,
        max(sent_at) as sent_at,
        max(sent_at) filter (where replaces) as list_sent_at
    from lists_before
    where not is_superseded
    group by segment_id
),

-- A list comes too late after whatever was applied with a later time. (Who came too late was before another.)
replacing as (
    select
        lists.*,
        newest_before.list_sent_at,
        coalesce(
            lists.is_fit
            and lists.replaces
            and lists.sent_at < greatest(
                newest_before.sent_at,
                max(if(lists.is_fit, lists.sent_at, null)) over (
                    partition by lists.segment_id
                    order by lists.log_id rows between unbounded preceding and 1 preceding
                )
            ),
            false
        ) as is_superseded_list
    from lists
    left join newest_before on lists.segment_id = newest_before.segment_id
),

-- An addition only after a list that did not.
final as (
    select
        *,
        is_superseded_list or coalesce(
            is_fit
            and not replaces
            and sent_at < greatest(
                list_sent_at,
                max(if(is_fit and replaces and not is_superseded_list, sent_at, null)) over (
                    partition by segment_id order by log_id rows between unbounded preceding and 1 preceding
                )
            ),
            false
        ) as is_superseded
    from replacing
)

select
    log_id,
    segment_id,
    segment_name,
    tenant_id,
    sent_at,
    replaces,
    valid_count,
    is_fit,
    is_superseded
from final
