-- B12: the moment in UTC, as its text says it, whatever the time zone of the database.
with

examples (sent, expected) as (
    values
    ('2026-01-01T23:30:00-05:00', timestamp '2026-01-02 04:30:00'),
    ('2026-01-01T00:15:00+0530', timestamp '2025-12-31 18:45:00'),
    ('2026-01-01T08:00:00Z', timestamp '2026-01-01 08:00:00'),
    ('2026-01-01 08:00+00:00', timestamp '2026-01-01 08:00:00'),
    ('2026-01-01T08:00:00.123456Z', timestamp '2026-01-01 08:00:00.123456'),
    -- an hour that clocks in Berlin skip, and one that they have twice
    ('2026-03-29T02:30:00+01:00', timestamp '2026-03-29 01:30:00'),
    ('2026-10-25T02:30:00+01:00', timestamp '2026-10-25 01:30:00'),
    ('1969-12-31T23:59:59Z', timestamp '1969-12-31 23:59:59'),
    ('nonsense', null),
    ('', null),
    (null, null)
),

read as (
    select
        *,
        utc_of_moment(sent) as actual
    from examples
)

select * from read
where (actual is distinct from expected) or typeof(actual) <> 'TIMESTAMP'
