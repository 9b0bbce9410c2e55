-- M7: whether the last command about a membership is about the stay that there is, or one before it. A stay that an
-- import or a list began has no terms of a command, unless one was about it.
with

examples (entry_log_id, entry_line_number, stay_log_id, stay_line_number, expected) as (
    values
    (1, 9, 1, 9, true),
    (1, null, 1, null, true),
    (1, 9, 1, 8, false),
    (1, 9, 2, 9, false),
    (1, null, 1, 9, false),
    (1, 9, 1, null, false),
    (null, null, 1, 9, false),
    (1, 9, null, null, false),
    (null, null, null, null, false)
),

judged as (
    select
        *,
        is_about_stay(
            struct_pack(entry_log_id := entry_log_id, entry_line_number := entry_line_number),
            struct_pack(entry_log_id := stay_log_id, entry_line_number := stay_line_number)
        ) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
