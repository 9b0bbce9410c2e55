-- A time of the day, without an offset from UTC (C88).
with

examples (sent, expected) as (
    values
    ('10:00', true),
    ('9:00', true),
    ('00:00:00', true),
    ('23:59:59.999999', true),
    ('24:00:00', false),
    ('25:00', false),
    ('10:60', false),
    ('10:00:60', false),
    ('10:00:00+02:00', false),
    ('10:00Z', false),
    ('10:00 ', false),
    ('2026-10-01 10:00:00', false),
    ('10', false),
    ('', false),
    (null, false)
),

judged as (
    select
        *,
        is_time(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
