with

companies as (
    select * from {{ source('blueconic', 'companies') }}
),

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        filled_text(company_id) as id_as_sent,
        identifier_normal_form(id_as_sent) as company_id
    from companies
),

final as (
    select
        _file_id,
        _line_number,
        'group:company' as identifier_type,
        company_id as identifier_value,
        {{ pack_properties(other='other_columns(_extra, [])') }} as properties,
        case when id_as_sent is not null and company_id is null then 'invalid_id' end as row_code,
        case when id_as_sent is null then 'no_identifier' end as filter_code
    from cleaned
)

select * from final
