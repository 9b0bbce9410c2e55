-- R5: undeclared columns count like declared ones, trimmed; an empty cell is '', a column without a name is none. One
-- that is called as a declared property is that.
with

examples (names, cells, expected_names, expected_cells) as (
    values
    (['favourite'], [' red '], ['favourite'], ['red']),
    ([' size ', 'empty', '', 'absent'], ['XL', ' ', 'nameless', null], ['size', 'empty'], ['XL', '']),
    (['absent'], [null], null, null),
    (['empty'], [''], ['empty'], ['']),
    (['gender', 'b'], ['male', 'x'], ['b'], ['x']),
    (cast([] as varchar[]), cast([] as varchar[]), null, null),
    (null, null, null, null)
),

mapped as (
    select
        case when names is not null then map_from_entries(list_zip(names, cells)) end as extra,
        case
            when expected_names is not null then map_from_entries(list_zip(expected_names, expected_cells))
        end as expected
    from examples
),

packed as (
    select
        *,
        {{ other_properties('extra') }} as actual
    from mapped
)

select * from packed
where (actual is distinct from expected)
