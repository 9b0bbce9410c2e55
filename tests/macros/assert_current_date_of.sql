-- B11: the day of a file's own time (UTC), in the form in which dates are kept.
with

examples (sent_at, expected) as (
    values
    (timestamp '2026-01-01 00:00:00', '2026-01-01'),
    (timestamp '2026-01-01 23:59:59.999999', '2026-01-01'),
    (timestamp '0900-02-28 12:00:00', '0900-02-28'),
    (null, null)
),

dated as (
    select
        *,
        current_date_of(sent_at) as actual
    from examples
)

select * from dated
where (actual is distinct from expected)
