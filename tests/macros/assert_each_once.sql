-- A list without repetitions, in its order.
with

examples (texts, expected) as (
    values
    (['a'], ['a']),
    (['b', 'a'], ['b', 'a']),
    (['b', 'a', 'b', 'c', 'a'], ['b', 'a', 'c']),
    (['a', 'a', 'a'], ['a']),
    (['a', 'A', ''], ['a', 'A', '']),
    (['10', '9', '10', '1'], ['10', '9', '1']),
    (cast([] as varchar[]), cast([] as varchar[])),
    (null, null)
),

listed as (
    select
        *,
        each_once(texts) as actual
    from examples
)

select * from listed
where (actual is distinct from expected)
