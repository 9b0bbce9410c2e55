{{ config(unique_key=['tenant_id', 'event_type', 'event_id']) }}

-- An event that its delivery tells again is what the last telling says (B12); it stays where it was created.
-- depends_on: {{ ref('int_guard') }}
with

events as (
    select
        *,
        min(log_id) over of_event as first_log_id,
        list(struct_pack(log_id := log_id, link_key := link_key)) over of_event as tellings,
        row_number() over (partition by tenant_id, event_type, event_id order by log_id desc) as tellings_back
    from {{ ref('int_events') }}
    where is_first
    window of_event as (partition by tenant_id, event_type, event_id)
),

events_before as (
    select
        told.*,
        list_filter(told.tellings, lambda telling: telling.log_id <= run.decided_log_id) as decided  -- noqa: RF01
    from {{ state_before('timeline_events') }} as told
    cross join {{ ref('int_run') }} as run
),

linked as (
    select * from {{ ref('int_linked_rows') }}
    where outcome = 'accepted'
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

nested as (
    select
        log_id,
        link_key,
        list(
            struct_pack(
                product_id := product_id,
                properties := properties,
                _file_id := file_of_row(row_id),
                _line_number := line_of_row(row_id),
                is_in_store := is_in_store
            ) order by row_id
        ) as nested_events
    from linked
    group by log_id, link_key
),

final as (
    select
        events.tenant_id,
        events.event_type,
        events.event_id,
        events.contact_id,
        events.occurred_at,
        events.properties,
        nested.nested_events,
        events.feed,
        events.delivery,
        deliveries.sent_at,
        coalesce(events_before.log_id, events.first_log_id) as log_id,
        list_sort(list_concat(coalesce(events_before.decided, []), events.tellings)) as tellings,
        file_of_row(events.row_id) as _file_id,
        line_of_row(events.row_id) as _line_number
    from events
    inner join deliveries on events.log_id = deliveries.log_id
    left join nested on events.log_id = nested.log_id and events.link_key = nested.link_key
    left join events_before
        on
            events.tenant_id = events_before.tenant_id
            and events.event_type = events_before.event_type
            and events.event_id = events_before.event_id
    where events.tellings_back = 1
)

select * from final
