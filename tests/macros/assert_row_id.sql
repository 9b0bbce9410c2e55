-- The number of a line and back, up to the greatest file and line that there is room for; and the order of positions.
with

examples (file_id, line_number, expected) as (
    values
    (cast(1 as bigint), cast(1 as bigint), cast(4294967297 as bigint)),
    (1, 2, 4294967298),
    (1, 4294967295, 8589934591),
    (2, 1, 8589934593),
    (2147483647, 4294967295, 9223372036854775807)
),

numbered as (
    select
        *,
        row_id(file_id, line_number) as row_id
    from examples
),

placed as (
    select
        *,
        file_of_row(row_id) as actual_file_id,
        line_of_row(row_id) as actual_line_number,
        place_in_log(file_id, row_id) as position,
        lag(place_in_log(file_id, row_id)) over (
            order by file_id nulls first, line_number nulls first
        ) as position_before
    from numbered
)

select * from placed
where
    row_id <> expected
    or actual_file_id <> file_id
    or actual_line_number <> line_number
    or position <= position_before
    -- a log entry comes after all rows of the one before it
    or position <= place_in_log(file_id - 1, cast(9223372036854775807 as bigint))
