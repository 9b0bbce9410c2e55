{%- set columns = $properties -%}

with

landed as (
    select * from {{ source('$partner', '$stream') }}
),

-- Every row, its cells trimmed and its identifiers in their normal form.
cleaned as (
    select
        landed._file_id,
        landed._line_number,
        landed._extra,
$cells,
        {{ property_cells('landed', columns) }}
    from landed
),

-- The first rule that a row breaks.
coded as (
    select
        *,
        case
$rules
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier({
$identifiers
        }) }},
        {{ all_properties(columns) }} as properties,
        row_code
    from coded
)

select * from final
