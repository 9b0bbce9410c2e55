-- B11: a filter leaves out what matches as a whole, and nothing where there is no cell.
with

examples (sent, expected) as (
    values
    ('ann@example.invalid', true),
    ('@example.invalid', true),
    ('ann@example.invalid.org', false),
    ('ann@exampleXinvalid', false),
    ('ann@example.invalid' || chr(10), false),
    ('', false),
    (null, false)
),

judged as (
    select
        *,
        regex_filter(sent, '.*@example[.]invalid') as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
