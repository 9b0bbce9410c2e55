-- A moment as text, in UTC, with as much of a second as it has; none before the year 1 or after 9999.
with

examples (moment, expected) as (
    values
    (timestamptz '2026-10-01 10:00:00+02', '2026-10-01T08:00:00Z'),
    (timestamptz '2026-10-01 10:00:00.25+00', '2026-10-01T10:00:00.250000Z'),
    (timestamptz '0001-01-01 00:00:00+00', '0001-01-01T00:00:00Z'),
    (timestamptz '9999-12-31 23:59:59+00', '9999-12-31T23:59:59Z'),
    (timestamptz '9999-12-31 23:59:59-01', null),
    (timestamptz 'infinity', null),
    (null, null)
),

written as (
    select
        *,
        moment_text(moment) as actual
    from examples
)

select * from written
where (actual is distinct from expected)
