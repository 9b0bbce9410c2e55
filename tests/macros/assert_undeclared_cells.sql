-- B9: the renamed columns that are no declared property, sorted; none if nothing is left.
with

examples (renamed, declared, expected) as (
    values
    (map(['size', 'city'], ['XL', 'Rome']), cast([] as varchar[]), map(['city', 'size'], ['Rome', 'XL'])),
    (map(['size', 'city'], ['XL', null]), ['gender'], map(['size'], ['XL'])),
    (map(['gender'], ['male']), ['gender'], null),
    (null, ['gender'], null)
),

computed as (
    select
        *,
        undeclared_cells(renamed, declared) as actual
    from examples
)

select * from computed
where actual is distinct from expected
