-- B4: a cell as its rule reads it: a number under Sum, a list (here with `;`) under Add, else as it is. Declared lists
-- are read as lists under every rule but Sum (assert_read_properties).
with

examples (sent, rule, expected) as (
    values
    ('1,5', 'sum', '1.5'),
    ('1.5', 'sum', '1?5'),
    ('a|b', 'sum', 'a|b'),
    ('a|b', 'add', 'a;b'),
    ('a|b', 'set', 'a|b'),
    ('a|b', 'set_or_clear', 'a|b'),
    ('a|b', 'set_if_empty', 'a|b'),
    ('a|b', 'ignore', 'a|b'),
    ('1,5', 'set', '1,5'),
    ('', 'add', ''),
    ('', 'sum', ''),
    (null, 'add', null),
    (null, 'sum', null),
    (null, 'set', null)
),

read as (
    select
        *,
        read_cell(sent, rule, ',', '|') as actual
    from examples
)

select * from read
where (replace(actual, value_separator(), ';') is distinct from expected)
