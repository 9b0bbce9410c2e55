{%- set identifiers = {'phone': 'phone', 'email': 'email'} -%}
{%- set placeholders = feed_setting('attentive', 'subscribers', 'placeholders') -%}
{%- set columns = ['opt_in_status'] -%}

with

-- Every row, its cells trimmed.
cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ identifier_cells('subscribers', identifiers) }},
        {{ property_cells('subscribers', columns) }}
    from {{ source('attentive', 'subscribers') }} as subscribers
),

-- Its identifiers in their normal form: a phone has one of the shapes of A4.
normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders, phones='a4') }}
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
