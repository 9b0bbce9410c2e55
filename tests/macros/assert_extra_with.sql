-- Declared columns that are no contact property, beside the undeclared ones: absent cells have no value, and are left
-- out when the columns become properties.
with

examples (street, town, _extra, expected) as (
    values
    ('High St', 'York', null, '{street=High St, town=York}'),
    ('High St', '', '{size=S}', '{size=S, street=High St, town=''''}'),
    (null, 'York', '{size=S}', '{size=S, town=York}'),
    (null, null, null, null)
),

landed as (
    select * replace (cast(_extra as map (varchar, varchar)) as _extra)
    from examples
),

joined as (
    select
        *,
        other_columns({{ extra_with('landed', ['street', 'town']) }}, []) as actual
    from landed
)

select * from joined
where (actual is distinct from cast(expected as map (varchar, varchar)))
