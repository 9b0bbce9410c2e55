-- C90: a segment or a compartment is not called what programs write where there is nothing.
with

examples (sent, expected) as (
    values
    ('null', null),
    ('NULL', null),
    ('(null)', null),
    ('nil', null),
    ('None', null),
    ('N/A', null),
    ('#N/A', null),
    ('NaN', null),
    ('undefined', null),
    ('\N', null),
    ('-', null),
    ('---', null),
    ('unknown', 'unknown'),
    ('anonymous', 'anonymous'),
    ('0', '0'),
    ('na', 'na'),
    ('nullable', 'nullable'),
    ('a-', 'a-'),
    (null, null)
)

select *
from examples
where said_name(sent) is distinct from expected
