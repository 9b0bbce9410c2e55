-- B6: what feeds that skip what is unchanged rely on in `hash`: equal cells have one hash; whatever differs, also only
-- in what was not sent, has another.
with

examples (number, name, city, extra) as (
    values
    (1, 'Ann', 'York', '{a=1, b=2}'),
    (2, 'Ann', 'York', '{a=1, b=3}'),
    (3, 'Ann', '', '{a=1, b=2}'),
    (4, 'Ann', null, '{a=1, b=2}'),
    (5, 'York', 'Ann', '{a=1, b=2}'),
    (6, 'Ann', 'York', null),
    (7, null, null, null)
),

hashed as (
    select
        number,
        hash(name, city, cast(extra as map (varchar, varchar))) as row_hash
    from examples
),

pairs as (
    select
        one.number as one_number,
        other.number as other_number,
        one.row_hash as one_hash,
        other.row_hash as other_hash
    from hashed as one
    cross join hashed as other
)

select * from pairs
where (one_hash = other_hash) <> (one_number = other_number) or typeof(one_hash) <> 'UBIGINT'
