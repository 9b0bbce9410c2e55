{%- set identifiers, placeholders = {'email': 'email'}, feed_setting('optipub', 'imports', 'placeholders') -%}
{%- set default_country = dialect_setting('optipub', 'imports', 'default_country') -%}
{%- set columns = 'first_name last_name created_at opt_in_status gender extra_shopper_tags birthdate'.split() -%}
{%- set unknown_status = "when status is null and status_as_sent is not null then 'invalid_status'" -%}

with

-- Every row, its cells trimmed; the phone of its SMS add-on (O7) and its own status (O12), if the import asks for them.
cleaned as (
    select
        imports._file_id,
        imports._line_number,
        imports._extra,
        requests.sms_phone_column,
        filled_text(imports._extra[requests.sms_phone_column]) as sms_phone_as_sent,
        filled_text(imports._extra[requests.status_column]) as status_as_sent,
        {{ identifier_cells('imports', identifiers) }},
        {{ property_cells('imports', columns) }}
    from {{ source('optipub', 'imports') }} as imports
    left join {{ ref('stg_muster__requests') }} as requests on imports._file_id = requests.file_id
),

normalised as (
    select
        *,
        {{ normal_form_of('phone', 'sms_phone_as_sent', country=default_country) }} as sms_phone,
        subscription_status(status_as_sent) as status,
        {{ normal_forms(identifiers, placeholders) }}
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier(identifiers) }},
        sms_phone,
        status,
        {{ dropped_cell('sms_phone', 'sms_phone_column', 'invalid_sms_phone') }} as dropped_cells,
        {{ all_properties(columns) }} as properties,
        {{ identifier_code(identifiers, placeholders, more=unknown_status) }} as row_code
    from normalised
)

select * from final
