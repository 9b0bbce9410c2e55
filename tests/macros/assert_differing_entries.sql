-- B6: of the cells of a row, those that differ from the last ones. What is not there any more is none of them.
with

examples (cells, last_cells, expected) as (
    values
    ('{a=1, b=2}', '{b=2, a=1}', '{}'),
    ('{a=1, b=3}', '{a=1, b=2}', '{b=3}'),
    ('{a=1, b=2}', '{a=1}', '{b=2}'),
    ('{a=1}', '{a=1, b=2}', '{}'),
    ('{a=''''}', '{a=1}', '{a=''''}'),
    ('{a=''''}', '{a=''''}', '{}'),
    ('{A=1}', '{a=1}', '{A=1}'),
    ('{a=1}', null, '{a=1}'),
    ('{}', '{a=1}', '{}'),
    (null, '{a=1}', null),
    (null, null, null)
),

compared as (
    select
        *,
        differing_entries(cast(cells as map (varchar, varchar)), cast(last_cells as map (varchar, varchar))) as actual
    from examples
)

select * from compared
where (actual is distinct from cast(expected as map (varchar, varchar)))
