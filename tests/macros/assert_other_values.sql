-- B4: renamed columns that are no declared property (here `gender`), each as its rule, or that of the others, reads it
-- (lists here with `;`, and numbers where feeds add to `points`): sorted, and null if there are none.
with

examples (renamed, rules, rule, expected) as (
    values
    ('{b=2, a=1}', null, 'set', '{a=1, b=2}'),
    ('{gender=f, a=1}', null, 'set', '{a=1}'),
    ('{gender=f}', null, 'set', null),
    ('{a="1,5", b="1,5"}', '{a=sum}', 'set', '{a=1.5, b="1,5"}'),
    ('{a="x|y", b="x|y"}', '{a=add}', 'set', '{a="x;y", b="x|y"}'),
    ('{a="1,5", b="1,5"}', '{a=set}', 'sum', '{a="1,5", b=1.5}'),
    ('{a=''''}', '{a=add}', 'set', '{a=''''}'),
    ('{a=x, b="1,5"}', '{a=sum}', 'set', '{b="1,5"}'),
    ('{points="1,5", b="1,5"}', null, 'set', '{b="1,5", points=1.5}'),
    ('{}', null, 'set', null),
    (null, null, 'set', null)
),

read as (
    select
        *,
        other_values(
            cast(renamed as map (varchar, varchar)),
            ['gender'],
            cast(rules as map (varchar, varchar)),
            rule,
            ['points'],
            cast(null as varchar[]),
            struct_pack(decimal_separator := ',', thousands_separator := null, multi_value_separator := '|')
        ) as actual
    from examples
)

select * from read
where
    replace(cast(actual as varchar), value_separator(), ';')
    is distinct from cast(cast(expected as map (varchar, varchar)) as varchar)
