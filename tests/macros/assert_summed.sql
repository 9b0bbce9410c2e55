-- B8, rule Sum: exact, without zeros at its end. What is no number is not imported, and to what is none nothing is
-- added.
with

examples (old, new, expected) as (
    values
    (null, '5', '5'),
    (null, '-0', '0'),
    (null, '0.000000000', '0'),
    (null, '100', '100'),
    (null, '10.10', '10.1'),
    ('0.1', '0.2', '0.3'),
    ('99.5', '0.5', '100'),
    ('-1', '1', '0'),
    ('-0.5', '0.25', '-0.25'),
    ('999999999999999999', '0.000000001', '999999999999999999.000000001'),
    ('999999999999999999.999999999', '0.000000001', '1000000000000000000'),
    ('999999999999999999', '999999999999999999', '1999999999999999998'),
    ('-999999999999999999.999999999', '-999999999999999999.999999999', '-1999999999999999999.999999998'),
    ('5', 'many', '5'),
    ('5', '', '5'),
    ('5', '1e3', '5'),
    ('5', '123456789012345678901234567890', '5'),
    ('gold', '5', 'gold'),
    ('1,5', '5', '1,5'),
    (null, 'many', null)
),

added as (
    select
        *,
        summed(old, new) as actual
    from examples
)

select * from added
where (actual is distinct from expected)
