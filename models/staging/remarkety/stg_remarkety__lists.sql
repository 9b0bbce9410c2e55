{%- set identifiers = {'id': 'id', 'pos_id': 'pos_id', 'email': 'email', 'phone': 'sms_phone_number'} -%}
{%- set placeholders = feed_setting('remarkety', 'lists', 'placeholders') -%}
{%- set default_country = dialect_setting('remarkety', 'lists', 'default_country') -%}
{%- set columns = [
    'first_name', 'last_name', 'created_at', 'opt_in_status', 'gender', 'extra_shopper_tags', 'birthdate'
] -%}

with

-- Every row, its cells trimmed.
cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ identifier_cells('lists', identifiers) }},
        {{ property_cells('lists', columns) }}
    from {{ source('remarkety', 'lists') }} as lists
),

-- Its identifiers in their normal form (R10).
normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders, country=default_country) }}
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier(identifiers) }},
        {{ dropped_identifiers(identifiers, placeholders) }} as dropped_cells,
        {{ all_properties(columns) }} as properties,
        {{ identifier_code(identifiers, placeholders) }} as row_code
    from normalised
)

select * from final
