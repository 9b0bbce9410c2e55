{{ config(unique_key=['file_id', 'line_number']) }}

with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome = 'rejected'
),

unreadable_lines as (
    select * from {{ source('muster', 'unreadable_lines') }}
),

files as (
    select distinct file_id
    from {{ ref('int_delivery_files') }}
),

coded as (
    select
        {{ file_of_row('row_id') }} as file_id,
        {{ line_of_row('row_id') }} as line_number,
        arg_max(code, log_id) as code,
        any_value(row_as_sent) as raw_text
    from outcomes
    group by row_id
),

final as (
    select
        file_id,
        line_number,
        code,
        cast(null as bigint) as byte_offset,
        raw_text
    from coded
    union all
    select
        unreadable_lines.file_id,
        unreadable_lines.line_number,
        unreadable_lines.code,
        unreadable_lines.byte_offset,
        unreadable_lines.raw_text
    from unreadable_lines
    inner join files on unreadable_lines.file_id = files.file_id
)

select * from final
