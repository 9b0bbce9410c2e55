-- B8, rule Add: the values that the list (here with `;`) lacks, behind it; each once.
with

examples (old_value, new_value, expected) as (
    values
    (null, 'a', 'a'),
    (null, 'a;b', 'a;b'),
    ('a', 'a', 'a'),
    ('a', 'b', 'a;b'),
    ('b;a', 'a;c;b', 'b;a;c'),
    ('a;b', 'a;b', 'a;b'),
    ('a', 'A', 'a;A'),
    ('ab', 'a', 'ab;a'),
    ('a, b', 'a', 'a, b;a'),
    ('é', 'e', 'é;e')
),

separated as (
    select
        expected,
        replace(old_value, ';', value_separator()) as old_value,
        replace(new_value, ';', value_separator()) as new_value
    from examples
),

added as (
    select
        *,
        replace(added_values(old_value, new_value), value_separator(), ';') as actual
    from separated
)

select * from added
where (actual is distinct from expected)
