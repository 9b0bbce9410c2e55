-- X3: what says who or what, and nothing where it says that there is none.
with

examples (sent, expected) as (
    values
    ('a 1', 'a 1'),
    ('NULL', null),
    ('0', null),
    ('#N/A', null),
    (null, null)
)

select *
from examples
where said_id(sent) is distinct from expected
