-- X10: of the renamed columns that are no declared property (here `gender`), the cells that are to be added and are no
-- numbers.
with

examples (renamed, rules, rule, expected) as (
    values
    ('{a=x, b=x, gender=x}', '{a=sum, gender=sum}', 'set', 'a=x'),
    ('{a=x, b="1.5"}', null, 'sum', 'a=x, b=1.5'),
    ('{a="1,5", b=''''}', null, 'sum', null),
    ('{a=x}', '{a=set}', 'sum', null),
    ('{a=x}', null, 'set', null),
    ('{}', null, 'sum', null),
    (null, null, 'sum', null)
),

read as (
    select
        *,
        unread_others(
            cast(renamed as map (varchar, varchar)),
            ['gender'],
            cast(rules as map (varchar, varchar)),
            rule,
            struct_pack(decimal_separator := ',', thousands_separator := null)
        ) as actual
    from examples
)

select * from read
where
    array_to_string(list_transform(actual, lambda cell: cell.column_name || '=' || cell.text), ', ')
    is distinct from expected
    or coalesce(actual[1].code, 'invalid_number') <> 'invalid_number'
