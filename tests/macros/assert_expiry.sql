-- M5, M6: minutes from the file's time on; a time in seconds or, from 10^11 on, milliseconds wins; 0 is never. What is
-- no number is none, whatever its size (C60).
with

examples (minutes, epoch, expected) as (
    values
    ('60', null, timestamp '2026-01-01 09:00:00'),
    ('525600', null, timestamp '2027-01-01 08:00:00'),
    ('0', null, null),
    ('60', '1767340800', timestamp '2026-01-02 08:00:00'),
    ('60', '1767340800000', timestamp '2026-01-02 08:00:00'),
    ('60', '99999999999', timestamp '5138-11-16 09:46:39'),
    ('60', '100000000000', timestamp '1973-03-03 09:46:40'),
    ('60', '0', null),
    ('60', '0.0', null),
    ('60', '1767340800.0', timestamp '2026-01-02 08:00:00'),
    ('60', '1767340800000.00', timestamp '2026-01-02 08:00:00'),
    (null, null, null),
    ('1796083200000', null, null),
    ('99999999999999999999999', null, null),
    ('60', '99999999999999999999999', null),
    ('60', '999999999999999', null),
    ('x', '1767340800', timestamp '2026-01-02 08:00:00'),
    ('60', 'x', null)
),

computed as (
    select
        *,
        expiry(timestamp '2026-01-01 08:00:00', minutes, epoch) as actual
    from examples
)

select * from computed
where actual is distinct from expected
