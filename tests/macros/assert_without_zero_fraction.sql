-- C90: only a fraction of zero is taken off.
with

examples (sent, expected) as (
    values
    ('1798000000.0', '1798000000'),
    ('7.000', '7'),
    ('0.0', '0'),
    ('7', '7'),
    ('7.5', '7.5'),
    ('7.05', '7.05'),
    ('7.', '7.'),
    ('.0', '.0'),
    ('-7.0', '-7.0'),
    ('7.0.0', '7.0.0'),
    ('x.0', 'x.0'),
    ('', ''),
    (null, null)
),

judged as (
    select
        *,
        without_zero_fraction(sent) as actual
    from examples
)

select * from judged
where actual is distinct from expected
