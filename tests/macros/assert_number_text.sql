-- A decimal without the zeros behind it; those before the point count.
with

examples (number, expected) as (
    values
    (cast('0' as decimal(38, 9)), '0'),
    ('100', '100'),
    ('-100', '-100'),
    ('10.10', '10.1'),
    ('0.000000001', '0.000000001'),
    ('-0.5', '-0.5'),
    ('12345678901234567890123456789.5', '12345678901234567890123456789.5'),
    (null, null)
),

written as (
    select
        *,
        number_text(number) as actual
    from examples
)

select * from written
where (actual is distinct from expected)
