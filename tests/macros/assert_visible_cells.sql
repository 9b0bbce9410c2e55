-- C13: of a map, the cells in which nobody sees anything are empty; all others stay as they are.
with

examples (cells, expected) as (
    values
    ([' a ', 'x'], [' a ', 'x']),
    ([chr(160), chr(8203) || ' '], ['', '']),
    (['x', chr(160) || 'x'], ['x', chr(160) || 'x']),
    (['', null], ['', null])
),

computed as (
    select
        *,
        map_values(visible_cells(map(['one', 'two'], cells))) as actual
    from examples
)

select * from computed
where actual is distinct from expected
