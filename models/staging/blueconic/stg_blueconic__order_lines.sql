with

order_lines as (
    select * from {{ source('blueconic', 'order_lines') }}
),

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        said_name(filled_text(order_id)) as order_id,
        filled_text(product_id) as product_id
    from order_lines
),

final as (
    select
        _file_id,
        _line_number,
        {{ link_key(['order_id']) }},
        product_id,
        filled(other_columns(_extra, [])) as properties,
        case
            when order_id is null then 'no_order'
            when product_id is null then 'no_product'
        end as row_code
    from cleaned
)

select * from final
