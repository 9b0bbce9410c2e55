-- B4: a cell as a list, its values separated by ASCII 31 (here `;`): trimmed, none of them empty, each once, in their
-- order. Whatever the cell holds, no empty value comes of it.
with

examples (sent, separator, expected) as (
    values
    ('a', '|', 'a'),
    ('a|b', '|', 'a;b'),
    ('b|a|b', '|', 'b;a'),
    (' a |' || chr(9) || 'b ', '|', 'a;b'),
    ('|a||b|', '|', 'a;b'),
    ('|', '|', ''),
    (' | ', '|', ''),
    ('a|A|ä|Ä', '|', 'a;A;ä;Ä'),
    ('a.b', '.', 'a;b'),
    ('a''b', '''', 'a;b'),
    ('a%b|c', '%', 'a;b|c'),
    ('a|b', null, 'a|b'),
    ('a|b', ',', 'a|b'),
    ('null|NULL', '|', 'null;NULL'),
    (chr(31), '|', ''),
    (chr(31), null, ''),
    ('a' || chr(31) || 'b', null, 'a;b'),
    ('a' || chr(31), '|', 'a'),
    ('a' || chr(31) || 'b|a', '|', 'a;b'),
    ('["a","b"]', '|', null),
    ('{"a":"b"}', null, null),
    ('[a|b]', '|', '[a;b]'),
    ('', '|', ''),
    ('', null, ''),
    (null, '|', null),
    (null, null, null)
),

listed as (
    select
        *,
        replace(list_of_values(sent, separator), value_separator(), ';') as actual
    from examples
)

select * from listed
where (actual is distinct from expected)
