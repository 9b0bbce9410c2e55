-- B11: what only says that there is nothing becomes an empty cell, in any case of letters; what merely has it
-- within stays.
with

examples (sent, expected) as (
    values
    ('null', ''),
    ('NULL', ''),
    ('Nil', ''),
    ('None', ''),
    ('n/a', ''),
    ('NA', ''),
    ('NaN', ''),
    ('#N/A', ''),
    ('-', ''),
    ('\N', ''),
    ('\n', ''),
    (chr(10), chr(10)),
    ('', ''),
    ('Nancy', 'Nancy'),
    ('--', '--'),
    ('-0', '-0'),
    ('0', '0'),
    ('null and void', 'null and void'),
    (null, null)
),

cleaned as (
    select
        *,
        without_null_data(sent) as actual
    from examples
)

select * from cleaned
where (actual is distinct from expected)
