-- One entry per filled property, declared ones in their order, then the others.
with

examples (first_name, gender, other, expected) as (
    values
    ('Ann', 'female', '{size=XL}', 'first_name=Ann, gender=female, size=XL'),
    (null, 'male', null, 'gender=male'),
    (null, null, '{a=1, b=2}', 'a=1, b=2'),
    (null, null, null, '')
),

listed as (
    select
        *,
        {{ property_entries(pack_properties({'first_name': 'first_name', 'gender': 'gender'}, 'other')) }} as entries
    from examples
),

written as (
    select
        expected,
        array_to_string(list_transform(entries, lambda entry: entry.key || '=' || entry.value), ', ') as actual
    from listed
)

select * from written
where actual <> expected
