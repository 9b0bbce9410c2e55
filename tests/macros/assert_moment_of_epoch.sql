-- M6: seconds since 1970, from 10^11 on milliseconds; 0 is none.
with

examples (number, expected) as (
    values
    (cast(0 as bigint), null),
    (1, timestamp '1970-01-01 00:00:01'),
    (1767340800, timestamp '2026-01-02 08:00:00'),
    (1767340800000, timestamp '2026-01-02 08:00:00'),
    (1767340800123, timestamp '2026-01-02 08:00:00.123'),
    (99999999999, timestamp '5138-11-16 09:46:39'),
    (100000000000, timestamp '1973-03-03 09:46:40'),
    (253402300799999, timestamp '9999-12-31 23:59:59.999'),
    (null, null)
),

judged as (
    select
        *,
        moment_of_epoch(number) as actual
    from examples
)

select * from judged
where (actual is distinct from expected) or typeof(actual) <> 'TIMESTAMP'
