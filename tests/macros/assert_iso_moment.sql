-- C88: moments as RFC 3339, older forms of ISO 8601 and databases write them; as sent where that is the plain form.
with

examples (sent, expected) as (
    values
    ('2026-10-01T10:00:00Z', '2026-10-01T10:00:00Z'),
    ('2026-10-01 10:00:00.5+02:00', '2026-10-01 10:00:00.5+02:00'),
    ('2026-10-01T10:00+0230', '2026-10-01T10:00+0230'),
    ('2026-10-01 10:00:00+02', '2026-10-01T10:00:00+02:00'),
    ('2026-10-01 10:00:00.123456-03', '2026-10-01T10:00:00.123456-03:00'),
    ('2026-10-01T10Z', '2026-10-01T10:00Z'),
    ('2026-10-01T10+02', '2026-10-01T10:00+02:00'),
    ('2026-10-01T10:00:00,5Z', '2026-10-01T10:00:00.5Z'),
    ('2026-10-01t10:00:00z', '2026-10-01T10:00:00Z'),
    ('2026-10-01 10:00:00 +0200', '2026-10-01T10:00:00+0200'),
    ('2026-10-01T10:30.5Z', null),
    ('2026-10-01T10:00:00', null),
    ('2026-10-01', null),
    ('2026-10-01T1:00Z', null),
    ('2026-10-01T10:00:00+99', null),
    ('2026-02-30T10Z', null),
    ('0000-01-01T00Z', null),
    ('x', null),
    ('2026-10-01T10:Z', null),
    ('2026-10-01T10:00:00,Z', null),
    ('', ''),
    (null, null)
),

read as (
    select
        *,
        iso_moment(sent) as actual,
        plain_moment(moment_as_sent(sent)) as plainly
    from examples
)

select * from read
where (actual is distinct from expected) or (expected like '%T%' and plainly <> expected)
