{%- set columns = [
    'first_name', 'last_name', 'created_at', 'opt_in_status', 'gender', 'extra_shopper_tags', 'birthdate'
] -%}

with

-- Every row, its cells trimmed, and the phone of its SMS add-on as sent, if the import creates these (O7).
cleaned as (
    select
        imports._file_id,
        imports._line_number,
        imports._extra,
        nullif(cell(imports._extra[requests.sms_phone_column]), '') as sms_phone,
        email_normal_form(imports.email) as email,
        {{ property_cells('imports', columns) }}
    from {{ source('optipub', 'imports') }} as imports
    left join {{ ref('stg_muster__requests') }} as requests on imports._file_id = requests.file_id
),

-- The first rule that a row breaks (O1, O7; R11 for the known columns).
coded as (
    select
        *,
        case
            when email is null then 'no_identifier'
            when not is_email(email) then 'invalid_email'
            when sms_phone is not null and international_phone_normal_form(sms_phone) is null
                then 'invalid_sms_phone'
            {{ invalid_known_property() }}
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        'email' as identifier_type,
        email as identifier_value,
        {{ all_properties(columns) }} as properties,
        row_code
    from coded
)

select * from final
