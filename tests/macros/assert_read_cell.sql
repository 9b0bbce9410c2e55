-- B4, X10: a cell as its rule reads it: a number under Sum, null if it is none; a list (here with `;`) under Add; a
-- number where other feeds add to the property (C21); else as it is. Declared types: assert_read_properties.
with

examples (sent, rule, adds_up, expected) as (
    values
    ('1,5', 'sum', false, '1.5'),
    ('1.5', 'sum', false, null),
    ('1.234,5', 'sum', false, null),
    ('a|b', 'sum', false, null),
    ('a|b', 'add', false, 'a;b'),
    ('a|b', 'set', false, 'a|b'),
    ('a|b', 'set_or_clear', false, 'a|b'),
    ('a|b', 'set_if_empty', false, 'a|b'),
    ('a|b', 'ignore', false, 'a|b'),
    ('1,5', 'set', false, '1,5'),
    ('1,5', 'set', true, '1.5'),
    ('1,5', 'set_if_empty', true, '1.5'),
    ('1,5', 'ignore', true, '1,5'),
    ('ten', 'set', true, 'ten'),
    ('', 'add', false, ''),
    ('', 'sum', false, ''),
    (null, 'add', false, null),
    (null, 'sum', true, null),
    (null, 'set', true, null)
),

read as (
    select
        *,
        read_cell(
            sent,
            rule,
            adds_up,
            struct_pack(decimal_separator := ',', thousands_separator := null, multi_value_separator := '|')
        ) as actual
    from examples
)

select * from read
where (replace(actual, value_separator(), ';') is distinct from expected)
