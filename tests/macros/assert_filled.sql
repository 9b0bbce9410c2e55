-- The cells that are not empty; none is null, as a map of none is.
with

examples (sent, expected) as (
    values
    ('{a=1, b='''', c=0}', '{a=1, c=0}'),
    ('{b=2, a=1}', '{b=2, a=1}'),
    ('{a=''''}', null),
    ('{a=NULL, b=1}', '{b=1}'),
    ('{}', null),
    (null, null)
),

judged as (
    select
        *,
        filled(cast(sent as map (varchar, varchar))) as actual
    from examples
)

select * from judged
where
    (actual is distinct from cast(expected as map (varchar, varchar)))
    or no_values() <> cast('{}' as map (varchar, varchar))
    or typeof(no_values()) <> 'MAP(VARCHAR, VARCHAR)'
