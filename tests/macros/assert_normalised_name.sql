-- B11: single spaces, every part with a capital first, whatever the letters.
with

examples (sent, expected) as (
    values
    ('ann', 'Ann'),
    ('ANN MARIE', 'Ann Marie'),
    ('  ann   marie ', 'Ann Marie'),
    ('ann' || chr(9) || 'marie', 'Ann Marie'),
    ('o''hara-SMITH', 'O''Hara-Smith'),
    ('élodie ÅNGSTRÖM', 'Élodie Ångström'),
    ('ивАН', 'Иван'),
    ('李 小龙', '李 小龙'),
    ('j. r. r.', 'J. R. R.'),
    ('a', 'A'),
    ('-', '-'),
    ('--a''''b', '--A''''B'),
    ('3com', '3com'),
    ('', ''),
    ('  ', ''),
    (null, null)
),

normalised as (
    select
        *,
        normalised_name(sent) as actual
    from examples
)

select * from normalised
where (actual is distinct from expected)
