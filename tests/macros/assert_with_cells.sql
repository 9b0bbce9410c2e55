-- Cells beside undeclared columns: an absent one is left out, an empty one stays (C30).
with

examples (others, street, town, expected) as (
    values
    (null, 'High St', 'York', '{street=High St, town=York}'),
    ('{size=S}', '', 'York', '{size=S, street='''', town=York}'),
    ('{size=S}', null, null, '{size=S}'),
    (null, null, null, null)
),

joined as (
    select
        *,
        with_cells(cast(others as map (varchar, varchar)), ['street', 'town'], [street, town]) as actual
    from examples
)

select * from joined
where (actual is distinct from cast(expected as map (varchar, varchar)))
