with

companies as (
    select * from {{ source('blueconic', 'companies') }}
),

cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ filled_cell('company_id') }} as company_id
    from companies
),

final as (
    select
        _file_id,
        _line_number,
        cast(null as varchar) as segment_name,
        'group:company' as identifier_type,
        company_id as identifier_value,
        {{ no_more_identifiers() }},
        {{ pack_properties(other=other_columns('_extra')) }} as properties,
        cast(null as varchar) as row_code,
        cast(null as varchar) as file_code,
        {{ no_command() }},
        case when company_id is null then 'no_identifier' end as filter_code,
        {{ no_link() }},
        {{ no_event() }},
        {{ no_row_hash() }}
    from cleaned
)

select * from final
