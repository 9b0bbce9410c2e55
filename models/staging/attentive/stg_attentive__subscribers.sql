{%- set columns = ['opt_in_status'] -%}

with

subscribers as (
    select * from {{ source('attentive', 'subscribers') }}
),

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        filled_cell(phone) as phone_as_sent,
        email_normal_form(email) as email,
        {{ property_cells('subscribers', columns) }}
    from subscribers
),

-- The first rule that a row breaks.
coded as (
    select
        *,
        case when is_phone(phone_as_sent) then phone_normal_form(phone_as_sent) end as phone,
        case
            when coalesce(phone_as_sent, email) is null then 'no_identifier'
            when phone_as_sent is not null and not is_phone(phone_as_sent) then 'invalid_phone'
            when email is not null and not is_email(email) then 'invalid_email'
            {{ invalid_known_property() }}
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier({'phone': 'phone', 'email': 'email'}) }},
        {{ all_properties(columns) }} as properties,
        row_code
    from coded
)

select * from final
