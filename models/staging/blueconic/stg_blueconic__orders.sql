{%- set identifiers = {'id': 'customer_id', 'email': 'email'} -%}
{%- set placeholders = feed_setting('blueconic', 'orders', 'placeholders') -%}

with

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ identifier_cells('orders', identifiers) }},
        said_name(filled_text(order_id)) as order_id,
        {{ moment('blueconic', 'orders', 'filled_cell(ordered_at)') }} as ordered_at
    from {{ source('blueconic', 'orders') }} as orders
),

normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders) }}
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier(identifiers) }},
        {{ dropped_identifiers(identifiers, placeholders) }} as dropped_cells,
        {{ identifier_code(
            identifiers, placeholders,
            "when order_id is null then 'no_event_id' when ordered_at is null then 'invalid_event_time'"
        ) }} as row_code,
        case when row_code = 'no_identifier' then row_code end as filter_code,
        {{ link_key(['order_id']) }},
        if(row_code is not null, null, struct_pack(
            type := 'order', id := order_id, occurred_at := utc_of_moment(ordered_at),
            properties := filled(other_columns(_extra, []))
        )) as event
    from normalised
)

select * from final
