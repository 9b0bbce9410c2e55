with

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        filled_cell(order_id) as order_id,
        filled_cell(customer_id) as customer_id,
        email_normal_form(email) as email,
        filled_cell(ordered_at) as ordered_at
    from {{ source('blueconic', 'orders') }}
),

coded as (
    select
        *,
        case when coalesce(customer_id, email) is null then 'no_identifier' end as filter_code,
        case
            when email is not null and not is_email(email) then 'invalid_email'
            when order_id is null then 'no_event_id'
            when not coalesce(is_timestamp_with_offset(ordered_at), false) then 'invalid_event_time'
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier({'id': 'customer_id', 'email': 'email'}) }},
        row_code,
        filter_code,
        {{ link_key(['order_id']) }},
        if(coalesce(filter_code, row_code) is not null, null, struct_pack(
            type := 'order',
            id := order_id,
            occurred_at := utc_of_timestamp_with_offset(ordered_at),
            properties := filled(other_columns(_extra, []))
        )) as event
    from coded
)

select * from final
