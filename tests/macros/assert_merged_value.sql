-- B8: every rule, on an old value, a new cell, and what is to come of them; null is no value, '' an empty cell.
-- `is_late`: a file of a later time has spoken of it (X12).
with

examples (rule, is_late, old, new, expected) as (
    values
    ('set', false, 'a', 'b', 'b'),
    ('set', false, 'a', '', 'a'),
    ('set', false, 'a', null, 'a'),
    ('set', false, null, '', null),
    ('set', true, 'a', 'b', 'a'),
    ('set', true, null, 'b', null),
    ('set_if_empty', false, 'a', 'b', 'a'),
    ('set_if_empty', false, null, 'b', 'b'),
    ('set_if_empty', false, null, '', null),
    ('set_if_empty', true, null, 'b', null),
    ('set', null, 'a', 'b', 'b'),
    ('set_or_clear', false, 'a', 'b', 'b'),
    ('set_or_clear', false, 'a', '', null),
    ('set_or_clear', false, 'a', null, 'a'),
    ('set_or_clear', true, 'a', '', 'a'),
    ('set_or_clear', true, 'a', 'b', 'a'),
    ('set_or_clear', true, null, 'b', null),
    ('add', false, null, 'b', 'b'),
    ('add', false, 'a', 'b', 'a|b'),
    ('add', false, 'a|b', 'b', 'a|b'),
    ('add', false, 'b|a', 'a|c', 'b|a|c'),
    ('add', false, 'a', 'b|b', 'a|b'),
    ('add', false, 'a', '', 'a'),
    ('add', true, 'a', 'b', 'a|b'),
    ('sum', false, null, '2', '2'),
    ('sum', false, '1.5', '2.5', '4'),
    ('sum', false, '0.1', '0.2', '0.3'),
    ('sum', false, '1', '-1', '0'),
    ('sum', false, '5', '', '5'),
    ('sum', false, '5', 'many', '5'),
    ('sum', false, '5', '1e3', '5'),
    ('sum', false, '5', '12345678901234567890', '5'),
    ('sum', false, '999999999999999999', '1', '1000000000000000000'),
    ('sum', false, '1000000000000000000', '0.5', '1000000000000000000.5'),
    ('sum', false, 'gold', '3', 'gold'),
    ('sum', false, null, '+007.10', '7.1'),
    ('sum', true, '5', '3', '8'),
    ('ignore', false, 'a', 'b', 'a'),
    ('ignore', false, 'a', '', 'a')
),

separated as (
    select
        rule,
        is_late,
        replace(old, '|', value_separator()) as old,
        replace(new, '|', value_separator()) as new,
        replace(expected, '|', value_separator()) as expected
    from examples
),

merged as (
    select
        *,
        merged_value(old, new, rule, is_late) as actual,
        replaced_value(old, new, rule, is_late) as replaced
    from separated
)

select * from merged
where (actual is distinct from expected) or (rule not in ('add', 'sum') and (replaced is distinct from expected))
