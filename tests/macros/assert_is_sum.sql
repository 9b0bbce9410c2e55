-- B8: what a sum may be to be added to: up to 27 digits and 9 behind the point.
with

examples (stored, expected) as (
    values
    ('0', true),
    ('-0.5', true),
    ('+1', true),
    ('123456789012345678901234567', true),
    ('-123456789012345678901234567.123456789', true),
    ('1234567890123456789012345678', false),
    ('1.1234567890', false),
    ('1.', false),
    ('.5', false),
    ('1,5', false),
    ('1e3', false),
    ('gold', false),
    ('5' || chr(31) || '7', false),
    ('', false),
    (null, null)
),

judged as (
    select
        *,
        is_sum(stored) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
