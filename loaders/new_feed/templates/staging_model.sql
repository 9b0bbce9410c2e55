{%- set identifiers = $identifiers -%}
{%- set placeholders = feed_setting('$partner', '$stream', 'placeholders') -%}
{%- set columns = $properties -%}

with

landed as (
    select * from {{ source('$partner', '$stream') }}
),

-- Every row, its cells trimmed.
cleaned as (
    select
        landed._file_id,
        landed._line_number,
        landed._extra,
        {{ identifier_cells('landed', identifiers) }},
        {{ property_cells('landed', columns) }}
    from landed
),

-- Its identifiers in their normal form.
normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders$country) }}
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
