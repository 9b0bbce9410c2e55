-- One row per log entry of this run that applies a delivery, or adds a part to one that is not complete yet (A2, A8).
with

run as (
    select * from {{ ref('int_run') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

files as (
    select * from {{ ref('int_files__in_form') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
),

decisions as (
    select * from {{ ref('stg_muster__decisions') }}
    where log_id <= (select run.last_log_id from run)
),

-- Files that are a delivery each.
single_files as (
    select
        files.file_id as log_id,
        files.feed,
        files.tenant_id,
        files.delivery,
        files.sent_at,
        true as is_complete,
        false as is_in_parts
    from files
    inner join run on files.file_id > run.decided_log_id
    where files.role = 'data' and not files.is_part
),

-- All that ever happened to the deliveries in parts: parts, markers, closes.
events as (
    select
        file_id as log_id,
        delivery_feed as feed,
        delivery,
        case when role = 'marker' then 'marker' else 'part' end as kind,
        is_first_version
    from files
    where is_part or role = 'marker'
    union all
    select
        log_id,
        feed,
        delivery,
        kind,
        false as is_first_version
    from decisions
    where kind = 'close'
),

counted as (
    select
        events.*,
        feeds.completes_by,
        feeds.part_count,
        sum(case when events.kind = 'part' and events.is_first_version then 1 else 0 end) over so_far as parts_so_far,
        bool_or(events.kind = 'marker') over so_far as has_marker
    from events
    inner join feeds on events.feed = feeds.feed
    window so_far as (
        partition by events.feed, events.delivery
        order by events.log_id rows between unbounded preceding and current row
    )
),

completed as (
    select
        *,
        parts_so_far > 0
        and case completes_by
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
        is_complete
        and (
            kind in ('part', 'close')
            or not coalesce(lag(is_complete) over (partition by feed, delivery order by log_id), false)
        ) as applies
    from completed
),

parts_of_delivery as (
    select
        delivery_feed as feed,
        delivery,
        any_value(tenant_id) as tenant_id,
        max(sent_at) as sent_at
    from files
    where is_part
    group by delivery_feed, delivery
),

deliveries_in_parts as (
    select
        decided.log_id,
        decided.feed,
        parts_of_delivery.tenant_id,
        decided.delivery,
        parts_of_delivery.sent_at,
        decided.applies as is_complete,
        true as is_in_parts
    from decided
    inner join run on decided.log_id > run.decided_log_id
    inner join parts_of_delivery
        on decided.feed = parts_of_delivery.feed and decided.delivery = parts_of_delivery.delivery
    where decided.applies or decided.kind = 'part'
),

deliveries as (
    select * from single_files
    union all
    select * from deliveries_in_parts
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
    inner join feeds on deliveries.feed = feeds.feed
    left join requests on deliveries.log_id = requests.file_id
)

select * from final
