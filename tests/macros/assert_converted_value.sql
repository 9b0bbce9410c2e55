-- B11: one value for another, exactly as written; other cells stay, or become one value. Empty cells stay empty,
-- unless they are converted, and a column that was not sent is none. A fixed value is the same for all.
with

examples (sent, expected, expected_otherwise, expected_empty) as (
    values
    ('m', 'male', 'male', 'm'),
    ('it''s', 'a "quote"', 'a "quote"', 'it''s'),
    ('M', 'M', 'unknown''s', 'M'),
    (' m', ' m', 'unknown''s', ' m'),
    ('x', 'x', 'unknown''s', 'x'),
    ('', '', '', 'empty'),
    (null, null, null, null)
),

converted as (
    select
        *,
        'it''s {fixed}' as fixed,
        converted_value(sent, map(['m', 'it''s'], ['male', 'a "quote"'])) as actual,
        converted_value_or(sent, map(['m', 'it''s'], ['male', 'a "quote"']), 'unknown''s') as actual_otherwise,
        converted_value(sent, map([''], ['empty'])) as actual_empty
    from examples
)

select * from converted
where
    (actual is distinct from expected)
    or (actual_otherwise is distinct from expected_otherwise)
    or (actual_empty is distinct from expected_empty)
    or fixed <> 'it''s {fixed}'
    or typeof(fixed) <> 'VARCHAR'
