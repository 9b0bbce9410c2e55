-- A1: spaces, tabs and line ends around a cell do not count; others do. An empty cell is not an absent one, unless it
-- identifies; one of what nobody sees is empty (C13).
with

examples (sent, cell, filled_cell) as (
    values
    ('a', 'a', 'a'),
    (' a b ', 'a b', 'a b'),
    (chr(9) || chr(13) || chr(10) || ' a ' || chr(10), 'a', 'a'),
    ('a' || chr(9) || 'b', 'a' || chr(9) || 'b', 'a' || chr(9) || 'b'),
    (chr(160) || 'a', chr(160) || 'a', chr(160) || 'a'),
    ('"a"', '"a"', '"a"'),
    ('', '', null),
    ('   ', '', null),
    (chr(13) || chr(10), '', null),
    (chr(160), '', null),
    (' ' || chr(8203) || chr(160) || ' ', '', null),
    (chr(233) || chr(160), chr(233) || chr(160), chr(233) || chr(160)),
    (null, null, null)
),

trimmed as (
    select
        *,
        cell(sent) as actual_cell,
        filled_cell(sent) as actual_filled_cell,
        trimmed(sent) as actual_trimmed
    from examples
)

select * from trimmed
where
    (actual_cell is distinct from cell)
    or (actual_filled_cell is distinct from filled_cell)
    or (cell <> '' and actual_trimmed <> cell)
