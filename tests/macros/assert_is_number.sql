-- B8: which numbers can be summed: up to 18 digits and 9 behind the point.
with

examples (sent, expected) as (
    values
    ('0', true),
    ('-0', true),
    ('+007.10', true),
    ('1.5', true),
    ('1,5', false),
    ('123456789012345678', true),
    ('1234567890123456789', false),
    ('0000000000000000001', false),
    ('1.123456789', true),
    ('1.1234567890', false),
    ('1.', false),
    ('.5', false),
    ('1e3', false),
    ('0x10', false),
    ('1_000', false),
    ('1 000', false),
    ('+-1', false),
    ('5%', false),
    ('١٢', false),
    ('１２', false),
    ('5' || chr(10), false),
    ('NaN', false),
    ('inf', false),
    ('', false),
    (null, null)
),

judged as (
    select
        *,
        is_number(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
