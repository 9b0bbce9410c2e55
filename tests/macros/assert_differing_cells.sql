-- B6: of a row, the cells that differ from those of the contact's last row; all others are as if they were not sent.
-- A cell that is empty now and was not, or was not there, differs.
with

examples (scenario, new_name, new_other, last_name, last_other, expected_name, expected_other) as (
    values
    ('the same', 'Ann', '{a=1, b=2}', 'Ann', '{b=2, a=1}', null, '{}'),
    ('another', 'Anna', '{a=1, b=3}', 'Ann', '{a=1, b=2}', 'Anna', '{b=3}'),
    ('emptied', '', '{a='''', b=2}', 'Ann', '{a=1, b=2}', '', '{a=''''}'),
    ('empty as before', '', '{a=''''}', '', '{a=''''}', null, '{}'),
    ('empty, and not there before', '', '{a=''''}', null, null, '', '{a=''''}'),
    ('gone', null, null, 'Ann', '{a=1}', null, null),
    ('there again', 'Ann', '{a=1}', null, '{b=1}', 'Ann', '{a=1}'),
    ('other letters', 'ann', '{A=1}', 'Ann', '{a=1}', 'ann', '{A=1}')
),

packed as (
    select
        *,
        {{ pack_properties({'first_name': 'new_name'}, 'new_other') }} as properties,
        {{ pack_properties({'first_name': 'last_name'}, 'last_other') }} as last_properties,
        {{ pack_properties({'first_name': 'expected_name'}, 'expected_other') }} as expected
    from examples
),

compared as (
    select
        *,
        {{ differing_cells('properties', 'last_properties') }} as actual
    from packed
)

select * from compared
where (actual is distinct from expected)
