-- X12: whether a cell says something of its property: a filled one by any rule that imports, an empty one if it clears.
with

examples (cell, rule, expected) as (
    values
    ('a', 'set', true),
    ('a', 'set_if_empty', true),
    ('a', 'add', true),
    ('1', 'sum', true),
    ('a', 'ignore', false),
    ('', 'set', false),
    ('', 'set_or_clear', true),
    ('', 'sum', false)
)

select * from examples
where (speaks(cell, rule) is distinct from expected) or speaks(null, rule)
