-- B11: the first rows of each file, by their lines, whatever lines there are.
with

examples (_file_id, _line_number, expected) as (
    values
    (1, 2, false),
    (1, 9, true),
    (1, 5, false),
    (2, 7, false),
    (3, 4, true),
    (3, 1, false),
    (3, 2, false),
    (3, 3, true)
),

judged as (
    select
        *,
        beyond_first_rows(2, _file_id, _line_number) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
