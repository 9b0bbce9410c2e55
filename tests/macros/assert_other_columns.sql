-- B9: undeclared columns as cells, trimmed, without those that are named; none if nothing is left. One in which nobody
-- sees anything is an empty cell (C13).
with

examples (names, cells, but, expected) as (
    values
    ([' size ', ''], [' XL ', 'nameless'], cast([] as varchar[]), map(['size'], ['XL'])),
    (['a', 'b'], ['1', null], ['b'], map(['a'], ['1'])),
    (['a'], ['1'], ['a'], null),
    ([' a ', 'a'], ['1', '2'], ['a'], map([' a '], ['1'])),
    (['a', 'b'], [chr(160) || chr(8203), 'x'], ['c'], map(['a', 'b'], ['', 'x'])),
    (['a'], ['x' || chr(160) || 'x'], ['c'], map(['a'], ['x' || chr(160) || 'x'])),
    (null, null, ['a'], null)
),

computed as (
    select
        *,
        other_columns(case when names is not null then map(names, cells) end, but) as actual
    from examples
)

select * from computed
where actual is distinct from expected
