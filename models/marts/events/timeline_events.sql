{{ config(incremental_strategy='append') }}

with

events as (
    select * from {{ ref('int_events') }}
    where is_first
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
                _line_number := line_of_row(row_id)
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
        events.log_id,
        deliveries.sent_at,
        file_of_row(events.row_id) as _file_id,
        line_of_row(events.row_id) as _line_number
    from events
    inner join deliveries on events.log_id = deliveries.log_id
    left join nested on events.log_id = nested.log_id and events.link_key = nested.link_key
)

select * from final
