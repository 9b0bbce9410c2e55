with

companies as (
    select * from {{ source('blueconic', 'companies') }}
),

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        filled_cell(company_id) as company_id
    from companies
),

final as (
    select
        _file_id,
        _line_number,
        'group:company' as identifier_type,
        company_id as identifier_value,
        {{ pack_properties(other='other_columns(_extra, [])') }} as properties,
        case when company_id is null then 'no_identifier' end as filter_code
    from cleaned
)

select * from final
