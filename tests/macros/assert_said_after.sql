-- X12: when it was last spoken of each property, after a row of the second of January.
with

examples (said, spoken, expected) as (
    values
    (null, ['a'], map {'a': 2}),
    (map {'a': 1}, ['a', 'b'], map {'a': 2, 'b': 2}),
    (map {'a': 3, 'b': 3}, ['a'], map {'a': 3, 'b': 3}),
    (map {'a': 1}, [], map {'a': 1})
),

dated as (
    select
        spoken,
        map_from_entries(list_transform(
            map_entries(cast(said as map (varchar, integer))),
            lambda entry: struct_pack(key := entry.key, value := make_timestamp(2026, 1, entry.value, 0, 0, 0))
        )) as said,
        map_from_entries(list_transform(
            map_entries(cast(expected as map (varchar, integer))),
            lambda entry: struct_pack(key := entry.key, value := make_timestamp(2026, 1, entry.value, 0, 0, 0))
        )) as expected
    from examples
),

told as (
    select
        *,
        said_after(said, spoken, timestamp '2026-01-02') as actual
    from dated
)

select * from told
where list_sort(map_entries(actual)) is distinct from list_sort(map_entries(expected))
