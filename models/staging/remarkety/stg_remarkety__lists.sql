{%- set columns = [
    'first_name', 'last_name', 'created_at', 'opt_in_status', 'gender', 'extra_shopper_tags', 'birthdate'
] -%}

with

-- Every row, its cells trimmed and its identifiers in their normal form; a phone of unknown shape is null there.
cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        filled_cell(id) as id,
        filled_cell(pos_id) as pos_id,
        email_normal_form(email) as email,
        filled_cell(sms_phone_number) as phone_as_sent,
        international_phone_normal_form(filled_cell(sms_phone_number)) as phone,
        {{ property_cells('lists', columns) }}
    from {{ source('remarkety', 'lists') }} as lists
),

-- The first rule that a row breaks (R10, R11).
coded as (
    select
        *,
        case
            when coalesce(id, pos_id, email, phone_as_sent) is null then 'no_identifier'
            when email is not null and not is_email(email) then 'invalid_email'
            when phone_as_sent is not null and phone is null then 'invalid_phone'
            {{ invalid_known_property() }}
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier({'id': 'id', 'pos_id': 'pos_id', 'email': 'email', 'phone': 'phone'}) }},
        {{ all_properties(columns) }} as properties,
        row_code
    from coded
)

select * from final
