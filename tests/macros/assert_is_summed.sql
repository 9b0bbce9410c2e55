-- C21: whether some feed adds up a property: by its name, or by the prefix of all its undeclared columns.
with

examples (name, names, prefixes, expected) as (
    values
    ('points', ['points'], ['crm_'], true),
    ('crm_points', ['points'], ['crm_'], true),
    ('size', ['points'], ['crm_'], false),
    ('size', cast([] as varchar[]), [''], true),
    ('points', ['points'], null, true),
    ('size', null, null, false)
),

judged as (
    select
        *,
        coalesce(is_summed(name, names, prefixes), false) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
