-- R5, rule Set, old and new beside what is to come of them; and whether that is a change, as far as it is not late:
-- where a file of a later time has spoken of the name and of `a` (X12). Of a feed that sums, the same value may be a
-- change.
with

rules as (
    select
        {%- for property in var('contact_properties') %}
        'set' as {{ property }},
        {%- endfor %}
        'set' as other,
        cast(null as map (varchar, varchar)) as other_rules,
        may_sum.sums
    from (values (true), (false)) as may_sum (sums)
),

examples (scenario, is_late, old_name, old_other, new_name, new_other, expected_name, expected_other) as (
    values
    ('another value', false, 'Ann', null, 'Anna', null, 'Anna', null),
    ('the same value', false, 'Ann', null, 'Ann', null, 'Ann', null),
    ('an empty cell', false, 'Ann', null, '', null, 'Ann', null),
    ('an absent column', false, 'Ann', null, null, null, 'Ann', null),
    ('a first value', false, null, null, 'Ann', null, 'Ann', null),
    ('empty for nothing', false, null, null, '', null, null, null),
    ('nothing for nothing', false, null, null, null, null, null, null),
    ('late, another value', true, 'Ann', null, 'Anna', null, 'Ann', null),
    ('late, a first value', true, null, null, 'Ann', null, null, null),
    ('late, empty for nothing', true, null, null, '', null, null, null),
    ('others meet', false, null, '{b=1, a=1}', null, '{c=2, a=2}', null, '{a=2, b=1, c=2}'),
    ('others are the same', false, null, '{a=1, b=1}', null, '{b=1}', null, '{a=1, b=1}'),
    ('all is the same', false, 'Ann', '{a=1, b=1}', 'Ann', '{a=1, b=1}', 'Ann', '{a=1, b=1}'),
    ('others stay', false, null, '{a=1}', null, null, null, '{a=1}'),
    ('others are new', false, null, null, null, '{b=1, a=1}', null, '{a=1, b=1}'),
    ('late, others meet', true, null, '{b=1, a=1}', null, '{c=2, a=2}', null, '{a=1, b=1, c=2}'),
    ('both', false, 'Ann', '{a=1}', 'Bob', '{a=2, b=1}', 'Bob', '{a=2, b=1}'),
    ('both empty', false, 'Ann', '{a=2, b=1}', '', '{c=''''}', 'Ann', '{a=2, b=1}'),
    ('both of nothing', false, null, null, '', '{c=''''}', null, null),
    ('late, both', true, 'Ann', '{a=1}', 'Bob', '{a=2, b=1}', 'Ann', '{a=1, b=1}'),
    ('late, both empty', true, 'Ann', '{a=1}', '', '{c=''''}', 'Ann', '{a=1}'),
    ('late, both first', true, null, null, 'Ann', '{a=2, b=1}', null, '{b=1}')
),

packed as (
    select
        examples.*,
        rules,  -- noqa: RF02
        timestamp '2026-01-01' as moment,
        case
            when examples.is_late then map(['first_name', 'a'], [timestamp '2026-01-02', timestamp '2026-01-03'])
        end as said,
        {{ pack_properties({'first_name': 'examples.old_name'}, 'examples.old_other') }} as old_properties,
        {{ pack_properties({'first_name': 'examples.new_name'}, 'examples.new_other') }} as new_properties,
        {{ pack_properties({'first_name': 'examples.expected_name'}, 'examples.expected_other') }} as expected
    from examples
    cross join rules
),

merged as (
    select
        *,
        {{ merged_properties('old_properties', 'new_properties', 'rules', 'said', 'moment') }} as actual,
        {{ changes_properties('old_properties', 'new_properties', 'rules') }} as is_change
    from packed
)

select * from merged
where
    (actual is distinct from expected)
    or (not is_late and (is_change is distinct from (expected is distinct from old_properties)))
