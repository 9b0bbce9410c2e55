-- One row per delivery of this run and segment that it names, by the name of its file or by a row; and one for none, if
-- something of it names none. With the numbers of valid and invalid lines, and the code, if any, with which one of its
-- files is refused, or else rejected as a whole for one of its rows (A3), and with which it is held (X5, X6).
with

namings as (
    select
        log_id,
        segment_id,
        segment_name,
        0 as valid_count,
        unreadable_count as invalid_count,
        is_ahead,
        refusal_code
    from {{ ref('int_delivery_files') }}
    union all by name
    select
        rows_of_run.log_id,
        rows_of_run.segment_id,
        any_value(rows_of_run.segment_name) as segment_name,
        count(*) filter (where rows_of_run.row_code is null) as valid_count,
        count(*) filter (where rows_of_run.row_code is not null and not rows_of_run.is_filtered) as invalid_count,
        min(rows_of_run.row_id) as first_row_id,
        min(case when rows_of_run.spoils_file then rows_of_run.row_code end) as spoiled_code
    from {{ ref('int_rows__matched') }} as rows_of_run
    anti join {{ ref('int_rows__linked') }} as linked
        on rows_of_run.log_id = linked.log_id and rows_of_run.row_id = linked.row_id
    group by rows_of_run.log_id, rows_of_run.segment_id
),

final as (
    select
        log_id,
        segment_id,
        any_value(segment_name) as segment_name,
        sum(valid_count) as valid_count,
        sum(invalid_count) as invalid_count,
        min(first_row_id) as first_row_id,
        coalesce(min(min(refusal_code)) over delivery, min(min(spoiled_code)) over delivery) as refusal_code,
        case
            when bool_or(bool_or(is_ahead)) over delivery then 'too_far_ahead'
            when sum(sum(valid_count)) over delivery = 0 and sum(sum(invalid_count)) over delivery > 0
                then 'no_valid_row'
        end as hold_code
    from namings
    group by log_id, segment_id
    window delivery as (partition by log_id)
)

select * from final
