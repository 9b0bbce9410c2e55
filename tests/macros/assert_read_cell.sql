-- B4: a cell as its rule reads it: a number under Sum, a list (here with `;`) under Add and for declared lists, else
-- as it is.
with

rules (decimal_separator, multi_value_separator) as (
    values (',', '|')
),

examples (sent, rule, expected, expected_of_list) as (
    values
    ('1,5', 'sum', '1.5', '1.5'),
    ('1.5', 'sum', '1?5', '1?5'),
    ('a|b', 'sum', 'a|b', 'a|b'),
    ('a|b', 'add', 'a;b', 'a;b'),
    ('a|b', 'set', 'a|b', 'a;b'),
    ('a|b', 'set_or_clear', 'a|b', 'a;b'),
    ('1,5', 'set', '1,5', '1,5'),
    ('', 'add', '', ''),
    (null, 'add', null, null),
    (null, 'sum', null, null)
),

read as (
    select
        examples.*,
        {{ read_cell('examples.sent', 'examples.rule', 'rules', false) }} as actual,
        {{ read_cell('examples.sent', 'examples.rule', 'rules', true) }} as actual_of_list
    from examples
    cross join rules
)

select * from read
where
    (replace(actual, value_separator(), ';') is distinct from expected)
    or (replace(actual_of_list, value_separator(), ';') is distinct from expected_of_list)
