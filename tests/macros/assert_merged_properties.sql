-- R5, rule Set, old and new beside what is to come of them; and whether that is a change, as far as the delivery is not
-- late.
with

examples (scenario, is_late, old_name, old_other, new_name, new_other, expected_name, expected_other) as (
    values
    ('another value', false, 'Ann', null, 'Anna', null, 'Anna', null),
    ('the same value', false, 'Ann', null, 'Ann', null, 'Ann', null),
    ('an empty cell', false, 'Ann', null, '', null, 'Ann', null),
    ('an absent column', false, 'Ann', null, null, null, 'Ann', null),
    ('a first value', false, null, null, 'Ann', null, 'Ann', null),
    ('empty for nothing', false, null, null, '', null, null, null),
    ('late, another value', true, 'Ann', null, 'Anna', null, 'Ann', null),
    ('late, a first value', true, null, null, 'Ann', null, 'Ann', null),
    ('late, empty for nothing', true, null, null, '', null, null, null),
    ('others meet', false, null, '{b=1, a=1}', null, '{c=2, a=2}', null, '{a=2, b=1, c=2}'),
    ('others are the same', false, null, '{a=1, b=1}', null, '{b=1}', null, '{a=1, b=1}'),
    ('others stay', false, null, '{a=1}', null, null, null, '{a=1}'),
    ('others are new', false, null, null, null, '{b=1, a=1}', null, '{a=1, b=1}'),
    ('late, others meet', true, null, '{b=1, a=1}', null, '{c=2, a=2}', null, '{a=1, b=1, c=2}')
),

packed as (
    select
        *,
        {{ pack_properties({'first_name': 'old_name'}, 'old_other') }} as old_properties,
        {{ pack_properties({'first_name': 'new_name'}, 'new_other') }} as new_properties,
        {{ pack_properties({'first_name': 'expected_name'}, 'expected_other') }} as expected
    from examples
),

merged as (
    select
        *,
        {{ merged_properties('old_properties', 'new_properties', 'is_late') }} as actual,
        {{ changes_properties('old_properties', 'new_properties') }} as is_change
    from packed
)

select * from merged
where
    (actual is distinct from expected)
    or (not is_late and coalesce(is_change, false) <> (expected is distinct from old_properties))
