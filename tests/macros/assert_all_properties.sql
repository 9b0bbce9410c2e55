-- R5: a feed whose columns are called as the properties: those that are columns of its table, trimmed, and the declared
-- ones among its undeclared columns; all else is in the map, also a column of the table that is declared no more (C30).
with

examples (
    scenario, first_name, last_name, street, _extra,
    expected_first_name, expected_last_name, expected_gender, expected_other
) as (
    values
    ('columns', ' Ann ', '', null, null, 'Ann', '', null, null),
    ('an undeclared column', 'Ann', null, null, '{size='' S ''}', 'Ann', null, null, '{size=S}'),
    ('a property among them', 'Ann', null, null, '{gender=female, size=S}', 'Ann', null, 'female', '{size=S}'),
    ('an empty one', null, null, null, '{gender=''''}', null, null, '', null),
    ('nothing', null, null, null, null, null, null, null, null),
    ('only nothing', null, null, null, '{}', null, null, null, null),
    ('no property', 'Ann', null, ' High St', '{size=S}', 'Ann', null, null, '{size=S, street=High St}'),
    ('an empty one, alone', 'Ann', null, '', null, 'Ann', null, null, '{street=''''}')
),

landed as (
    select * replace (cast(_extra as map (varchar, varchar)) as _extra)
    from examples
),

cleaned as (
    select
        scenario,
        expected_first_name,
        expected_last_name,
        expected_gender,
        expected_other,
        landed._extra,
        {{ property_cells('landed', ['first_name', 'last_name', 'street']) }}
    from landed
),

packed as (
    select
        scenario,
        {{ all_properties(['first_name', 'last_name', 'street']) }} as actual,
        {{ pack_properties(
            {'first_name': 'expected_first_name', 'last_name': 'expected_last_name', 'gender': 'expected_gender'},
            'expected_other'
        ) }} as expected
    from cleaned
)

select * from packed
where (actual is distinct from expected)
