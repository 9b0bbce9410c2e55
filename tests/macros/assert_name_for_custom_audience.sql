-- B16: a name is hashed in small letters of any script, without blanks, digits and signs.
with

examples (name, expected) as (
    values
    ('Ann', 'ann'),
    (' Mary-Ann  O''Neil 2nd ', 'maryannoneilnd'),
    ('ÉMILIE', 'émilie'),
    ('E' || chr(769) || 'milie', 'émilie'),
    ('Ольга', 'ольга'),
    ('正', '正'),
    ('-', null),
    ('', null),
    (null, null)
),

found as (
    select
        *,
        name_for_custom_audience(name) as actual
    from examples
)

select * from found
where actual is distinct from expected
