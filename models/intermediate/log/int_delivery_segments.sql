-- One row per delivery of this run and segment that it names, by the name of its file or by a row; and one for none, if
-- something of it names none. With the number of valid rows, and the code, if any, with which one of the delivery's
-- files is refused, or else rejected as a whole for one of its rows (A3).
with

files as (
    select * from {{ ref('int_delivery_files') }}
),

matched as (
    select * from {{ ref('int_rows__matched') }}
),

namings as (
    select
        log_id,
        segment_id,
        segment_name,
        0 as valid_count,
        refusal_code
    from files
    union all by name
    select
        log_id,
        segment_id,
        any_value(segment_name) as segment_name,
        count(*) filter (where row_code is null) as valid_count,
        min(case when spoils_file then row_code end) as spoiled_code
    from matched
    group by log_id, segment_id
),

final as (
    select
        log_id,
        segment_id,
        any_value(segment_name) as segment_name,
        sum(valid_count) as valid_count,
        coalesce(min(min(refusal_code)) over delivery, min(min(spoiled_code)) over delivery) as refusal_code
    from namings
    group by log_id, segment_id
    window delivery as (partition by log_id)
)

select * from final
