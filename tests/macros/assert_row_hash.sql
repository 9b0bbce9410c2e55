-- B6: equal rows have one hash; whatever differs, also only in what was not sent, has another.
with

examples as (
    select
        1 as number,
        {{ pack_properties({'first_name': "'Ann'"}, "map {'a': '1', 'b': '2'}") }} as properties
    union all
    select
        2 as number,
        {{ pack_properties({'first_name': "'Ann'"}, "map {'a': '1', 'b': '3'}") }} as properties
    union all
    select
        3 as number,
        {{ pack_properties({'first_name': "'Ann'", 'last_name': "''"}, "map {'a': '1', 'b': '2'}") }} as properties
    union all
    select
        4 as number,
        {{ pack_properties({'last_name': "'Ann'"}, "map {'a': '1', 'b': '2'}") }} as properties
    union all
    select
        5 as number,
        {{ pack_properties({'first_name': "'Ann'"}) }} as properties
    union all
    select
        6 as number,
        {{ pack_properties() }} as properties
),

pairs as (
    select
        one.number as one_number,
        other.number as other_number,
        {{ row_hash('one.properties') }} as one_hash,
        {{ row_hash('other.properties') }} as other_hash
    from examples as one
    cross join examples as other
)

select * from pairs
where (one_hash = other_hash) <> (one_number = other_number)
