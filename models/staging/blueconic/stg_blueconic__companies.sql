{%- set identifiers = {'group:company': 'company_id'} -%}
{%- set placeholders = feed_setting('blueconic', 'companies', 'placeholders') -%}

with

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ identifier_cells('companies', identifiers) }}
    from {{ source('blueconic', 'companies') }} as companies
),

normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders) }}
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier(identifiers) }},
        {{ pack_properties(other='other_columns(_extra, [])') }} as properties,
        {{ identifier_code(identifiers, placeholders) }} as row_code,
        case when row_code = 'no_identifier' then row_code end as filter_code,
        {{ link_key(['company_id']) }}
    from normalised
)

select * from final
