-- B10: rows are joined on several cells without running into each other; a row with an empty one names no row.
with

examples (shop, number) as (
    values
    ('a', 'bc'),
    ('ab', 'c'),
    ('abc', ''),
    ('A', 'bc'),
    ('a' || chr(31) || 'b', 'c'),
    ('a', 'b' || chr(31) || 'c'),
    ('a', null),
    (null, 'bc'),
    (null, null)
),

keyed as (
    select
        shop,
        number,
        {{ link_key(['shop', 'number']) }}
    from examples
),

faults as (
    select 'two rows share a key' as fault
    from keyed
    having count(link_key) <> count(distinct link_key)
    union all
    select 'an empty cell makes no key' as fault
    from keyed
    where (link_key is null) <> (shop is null or number is null)
    union all
    select 'one column is its own key' as fault
    from (
        select
            shop,
            {{ link_key(['shop']) }}
        from examples
    ) as single
    where (link_key is distinct from shop)
)

select * from faults
