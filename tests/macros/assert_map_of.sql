-- Maps of entries: sorted, without those that have no value, null if there are none; of entries with one key the
-- first, in any order.
with

examples (names, texts, expected_firsts, expected_map) as (
    values
    (['b', 'a'], ['1', '2'], ['a=2', 'b=1'], 'a=2, b=1'),
    (['b', 'a', 'b', 'a'], ['1', '2', '3', null], ['a=2', 'b=1'], 'a=2, b=1'),
    (['a', 'b'], [null, ''], ['a=-', 'b='], 'b='),
    (['a'], [null], ['a=-'], null),
    (cast([] as varchar[]), cast([] as varchar[]), cast([] as varchar[]), null),
    (null, null, null, null)
),

listed as (
    select
        *,
        case
            when names is not null
                then list_transform(list_zip(names, texts), lambda pair: struct_pack(key := pair[1], value := pair[2]))
        end as entries
    from examples
),

firsts as (
    select
        *,
        first_of_each_key(entries) as actual_firsts
    from listed
),

mapped as (
    select
        *,
        map_of(actual_firsts) as actual_map
    from firsts
)

select * from mapped
where
    (
        list_sort(list_transform(actual_firsts, lambda entry: entry.key || '=' || coalesce(entry.value, '-')))
        is distinct from expected_firsts
    )
    or (
        array_to_string(list_transform(map_entries(actual_map), lambda entry: entry.key || '=' || entry.value), ', ')
        is distinct from expected_map
    )
