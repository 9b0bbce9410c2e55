{{ config(materialized='view') }}

with

events as (
    select * from {{ ref('timeline_events') }}
    where nested_events is not null
),

nested as (
    select
        tenant_id,
        log_id,
        unnest(nested_events) as nested_event
    from events
),

told as (
    select
        tenant_id,
        log_id,
        nested_event.product_id,
        nested_event.properties,
        nested_event._file_id,
        nested_event._line_number,
        row_number() over (
            partition by tenant_id, nested_event.product_id
            order by log_id desc, nested_event._file_id desc, nested_event._line_number desc
        ) as mentions_back
    from nested
),

final as (
    select
        tenant_id,
        product_id,
        properties,
        log_id,
        _file_id,
        _line_number
    from told
    where mentions_back = 1
)

select * from final
