-- R11: created_at is a real moment in the plain form of ISO 8601, with an offset from UTC that a place can have (C88).
with

examples (sent, expected) as (
    values
    ('2026-01-02T03:04:05Z', true),
    ('2026-01-02T03:04:05+00:00', true),
    ('2026-01-02T03:04:05-08:00', true),
    ('2026-01-02T03:04:05+0530', true),
    ('2026-01-02T03:04:05.678Z', true),
    ('2026-01-02T03:04:05.678901+02:00', true),
    ('2026-01-02T03:04Z', true),
    ('2026-01-02 03:04:05+02:00', true),
    ('2024-02-29T23:59:59Z', true),
    ('2026-01-02T03:04:05', false),
    ('2026-01-02', false),
    ('2026-01-02Z', false),
    ('2026-02-29T03:04:05Z', false),
    ('2026-13-02T03:04:05Z', false),
    ('2026-01-02T25:04:05Z', false),
    ('2026-01-02T03:60:05Z', false),
    ('2026-01-02T03:04:61Z', false),
    ('2026-01-02T03:04:05z', false),
    ('2026-01-02t03:04:05Z', false),
    ('2026-01-02T03:04:05 UTC', false),
    ('2026-01-02T03:04:05 Europe/Berlin', false),
    ('2026-01-02T03:04:05+2', false),
    ('20260102T030405Z', false),
    ('02/01/2026 03:04:05Z', false),
    ('1767323045', false),
    (' 2026-01-02T03:04:05Z', false),
    ('2026-01-02T03:04:05+14:00', true),
    ('2026-01-02T03:04:05-12:00', true),
    ('2026-01-02T03:04:05+14:01', false),
    ('2026-01-02T03:04:05+99:99', false),
    ('2026-01-02T03:04:05+02:60', false),
    ('0000-01-02T03:04:05Z', false),
    ('0001-01-01T00:00:00Z', true),
    ('0001-01-01T00:00:00+00:01', false),
    ('9999-12-31T23:59:59.999999Z', true),
    ('9999-12-31T23:59:59-00:01', false),
    ('', false),
    (null, false)
),

judged as (
    select
        *,
        is_moment(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
