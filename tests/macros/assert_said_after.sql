-- X12: when it was last spoken of each property, after a row of the second of January.
with

examples (said, spoken, expected) as (
    values
    (null, ['a'], '{a=2026-01-02}'),
    ('{a=2026-01-01}', ['a', 'b'], '{a=2026-01-02, b=2026-01-02}'),
    ('{a=2026-01-03, b=2026-01-03}', ['a'], '{a=2026-01-03, b=2026-01-03}'),
    ('{a=2026-01-01}', [], '{a=2026-01-01}')
),

told as (
    select
        *,
        said_after(cast(said as map (varchar, timestamp)), spoken, timestamp '2026-01-02') as actual
    from examples
)

select * from told
where
    list_sort(map_entries(actual))
    is distinct from list_sort(map_entries(cast(expected as map (varchar, timestamp))))
