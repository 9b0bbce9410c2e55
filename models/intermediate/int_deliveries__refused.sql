-- One row per delivery of this run: the code, if any, with which one of its files is refused, or rejected as a whole
-- (A3).
with

files as (
    select * from {{ ref('int_delivery_files') }}
),

matched as (
    select * from {{ ref('int_rows__matched') }}
),

file_codes as (
    select
        log_id,
        {{ file_of_row('row_id') }} as file_id,
        min(file_code) as file_code
    from matched
    where file_code is not null
    group by log_id, file_id
),

final as (
    select
        files.log_id,
        count(coalesce(files.refusal_code, file_codes.file_code)) > 0 as is_refused,
        min(coalesce(files.refusal_code, file_codes.file_code)) as refusal_code
    from files
    left join file_codes on files.log_id = file_codes.log_id and files.file_id = file_codes.file_id
    group by files.log_id
)

select * from final
