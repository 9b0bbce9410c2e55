-- B4, B8: numbers as feeds write them, and which of them can be summed: up to 18 digits and 9 behind the separator.
-- What a point says is lost where the separator is another character.
with

examples (sent, separator, with_point, is_number) as (
    values
    ('0', '.', '0', true),
    ('-0', '.', '-0', true),
    ('+007.10', '.', '+007.10', true),
    ('1.5', '.', '1.5', true),
    ('1.5', null, '1.5', true),
    ('1,5', '.', '1,5', false),
    ('1,5', ',', '1.5', true),
    ('1.5', ',', '1?5', false),
    ('1.000,5', ',', '1?000.5', false),
    ('1,000,5', ',', '1.000.5', false),
    ('123456789012345678', '.', '123456789012345678', true),
    ('1234567890123456789', '.', '1234567890123456789', false),
    ('0000000000000000001', '.', '0000000000000000001', false),
    ('1.123456789', '.', '1.123456789', true),
    ('1.1234567890', '.', '1.1234567890', false),
    ('1.', '.', '1.', false),
    ('.5', '.', '.5', false),
    ('1e3', '.', '1e3', false),
    ('0x10', '.', '0x10', false),
    ('1_000', '.', '1_000', false),
    ('1 000', '.', '1 000', false),
    ('+-1', '.', '+-1', false),
    ('5%', '.', '5%', false),
    ('١٢', '.', '١٢', false),
    ('１２', '.', '１２', false),
    ('5' || chr(10), '.', '5' || chr(10), false),
    ('NaN', '.', 'NaN', false),
    ('inf', '.', 'inf', false),
    ('', ',', '', false),
    (null, ',', null, null)
),

read as (
    select
        *,
        with_decimal_point(sent, separator) as actual_with_point
    from examples
),

judged as (
    select
        *,
        is_number(actual_with_point) as actual
    from read
)

select * from judged
where (actual is distinct from is_number) or (actual_with_point is distinct from with_point)
