-- B4, C23: numbers as feeds write them, with a decimal point. A point that separates neither decimals nor thousands
-- makes it none; so do marks between other groups than of three.
with

examples (sent, decimals, thousands, expected) as (
    values
    ('1.5', '.', null, '1.5'),
    ('1,5', '.', null, null),
    ('1,5', ',', null, '1.5'),
    ('1.5', ',', null, null),
    ('1.000,5', ',', null, null),
    ('-10', ',', null, '-10'),
    ('1.234,50', ',', '.', '1234.50'),
    ('1234,50', ',', '.', '1234.50'),
    ('1.234', ',', '.', '1234'),
    ('1.23', ',', '.', null),
    ('0.500', ',', '.', null),
    ('-00.500', ',', '.', null),
    ('12.34.567', ',', '.', null),
    ('1234.567', ',', '.', null),
    ('-12.345.678', ',', '.', '-12345678'),
    ('1,234.5', '.', ',', '1234.5'),
    ('1,234', '.', ',', '1234'),
    ('1 234,5', ',', ' ', '1234.5'),
    ('1''234.5', '.', '''', '1234.5'),
    ('1_234', '.', ',', null),
    ('1_234', ',', null, null),
    ('1_234', '.', null, null),
    ('123.456.789.012.345.678', ',', '.', '123456789012345678'),
    ('1.123.456.789.012.345.678', ',', '.', null),
    ('1.234,1234567890', ',', '.', null),
    ('x', ',', '.', null),
    ('', ',', '.', null),
    (null, ',', '.', null)
),

read as (
    select
        *,
        read_number(sent, decimals, thousands) as actual,
        plain_number(replace(sent, '''', '_')) as plainly
    from examples
)

select * from read
where (actual is distinct from expected) or (contains(sent, '''') and plainly is distinct from expected)
