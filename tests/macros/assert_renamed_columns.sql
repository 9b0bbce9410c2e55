-- B9: undeclared columns under the names of their properties: of a line of their own, else behind the prefix. Of two of
-- one name the first that is filled counts. They are in any order: whoever uses them sorts.
with

examples (sent, names, prefix, expected) as (
    values
    ('{a=1, b=2}', null, '', '{a=1, b=2}'),
    ('{a=1, b=2}', null, 'crm_', '{crm_a=1, crm_b=2}'),
    ('{a=1, b=2}', '{a=x}', '', '{x=1, b=2}'),
    ('{a=1, b=2}', '{a=x}', 'crm_', '{x=1, crm_b=2}'),
    ('{a=1, b=2}', '{a=a}', 'crm_', '{a=1, crm_b=2}'),
    ('{a=1, b=2, c=3}', '{a=x, c=x}', '', '{x=1, b=2}'),
    ('{c=3, a=1}', '{a=x, c=x}', '', '{x=3}'),
    ('{x=1, a=2}', '{a=x}', '', '{x=1}'),
    ('{a=''''}', '{a=x}', '', '{x=''''}'),
    ('{a='''', c=3}', '{a=x, c=x}', '', '{x=3}'),
    ('{a='''', c=''''}', '{a=x, c=x}', '', '{x=''''}'),
    ('{}', '{a=x}', 'crm_', '{}'),
    (null, '{a=x}', 'crm_', null),
    (null, null, '', null)
),

renamed as (
    select
        *,
        renamed_columns(cast(sent as map (varchar, varchar)), cast(names as map (varchar, varchar)), prefix) as actual
    from examples
)

select * from renamed
where
    list_sort(map_entries(actual))
    is distinct from list_sort(map_entries(cast(expected as map (varchar, varchar))))
