-- One row per log entry of this run that applies a delivery, or adds a part to one that is not complete yet (A2, A8).
with

run as (
    select * from {{ ref('int_run') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
    where duplicate_of is null and file_id <= (select run.last_log_id from run)
),

-- All that ever happened to the deliveries in parts: parts, markers, closes.
events as (
    select
        file_id as log_id,
        delivery_feed as feed,
        delivery,
        case when role = 'marker' then 'marker' else 'part' end as kind,
        is_first_version and is_awaited as is_new_part
    from files
    where is_part or role = 'marker'
    union all
    select
        log_id,
        feed,
        delivery,
        kind,
        false as is_new_part
    from {{ ref('stg_muster__decisions') }}
    where kind = 'close' and log_id <= (select run.last_log_id from run)
),

counted as (
    select
        events.*,
        feeds.completes_by,
        feeds.part_count,
        count(case when events.kind = 'part' and events.is_new_part then 1 end) over so_far as parts_so_far,
        bool_or(events.kind = 'marker') over so_far as has_marker
    from events
    inner join {{ ref('stg_muster__feeds') }} as feeds on events.feed = feeds.feed
    window so_far as (
        partition by events.feed, events.delivery
        order by events.log_id rows between unbounded preceding and current row
    )
),

completed as (
    select
        *,
        parts_so_far > 0 and case completes_by
            when 'count' then parts_so_far >= part_count
            when 'marker' then has_marker
            else kind = 'close'
        end as is_complete
    from counted
),

-- A complete delivery is applied again for every later part, not for a marker that comes again.
decided as (
    select
        *,
        is_complete and (
            kind in ('part', 'close')
            or not coalesce(lag(is_complete) over (partition by feed, delivery order by log_id), false)
        ) as applies
    from completed
),

-- Files that are a delivery each; and deliveries in parts, of the time of their latest part.
deliveries as (
    select
        file_id as log_id,
        feed,
        tenant_id,
        delivery,
        sent_at,
        true as is_complete,
        false as is_in_parts
    from files
    where role = 'data' and not is_part
    union all
    select
        decided.log_id,
        decided.feed,
        any_value(files.tenant_id) as tenant_id,
        decided.delivery,
        max(files.sent_at) as sent_at,
        any_value(decided.applies) as is_complete,
        true as is_in_parts
    from decided
    inner join files
        on
            decided.feed = files.delivery_feed
            and decided.delivery = files.delivery
            and decided.log_id >= files.file_id
            and files.is_part
    where decided.applies or decided.kind = 'part'
    group by decided.log_id, decided.feed, decided.delivery
),

-- An import replaces its segment or adds to it, as requested (O2).
final as (
    select
        deliveries.*,
        case
            when feeds.applies <> 'import' then feeds.applies
            when requests.clear then 'complete_list'
            else 'addition'
        end as applies
    from deliveries
    inner join run on deliveries.log_id > run.decided_log_id
    inner join {{ ref('stg_muster__feeds') }} as feeds on deliveries.feed = feeds.feed
    left join {{ ref('stg_muster__requests') }} as requests on deliveries.log_id = requests.file_id
)

select * from final
