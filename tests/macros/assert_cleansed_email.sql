-- B11: an address out of what people paste; what is no address stays one that is none.
with

examples (sent, expected) as (
    values
    ('ann@x.org', 'ann@x.org'),
    ('Ann@X.ORG', 'ann@x.org'),
    ('mailto:ann@x.org', 'ann@x.org'),
    ('MAILTO: ann@x.org', 'ann@x.org'),
    ('<ann@x.org>', 'ann@x.org'),
    ('<mailto:ann@x.org>', 'ann@x.org'),
    ('Ann Ash <ann@x.org>', 'ann@x.org'),
    ('"Ash, Ann" < ann@x.org >', 'ann@x.org'),
    (' an' || chr(9) || 'n @x.org' || chr(13) || chr(10), 'ann@x.org'),
    ('ann@x,org', 'ann@x,org'),
    ('ann@mailto:x.org', 'ann@mailto:x.org'),
    ('<ann@x.org', '<ann@x.org'),
    ('<<ann@x.org>>', '<<ann@x.org>>'),
    ('<ann@x.org> <bob@x.org>', '<ann@x.org><bob@x.org>'),
    ('ann@x.org; bob@x.org', 'ann@x.org;bob@x.org'),
    ('JÜRGEN@müller.de', 'jürgen@müller.de'),
    ('<>', ''),
    ('mailto:', ''),
    ('', ''),
    (null, null)
),

cleansed as (
    select
        *,
        cleansed_email(sent) as actual
    from examples
)

select * from cleansed
where (actual is distinct from expected)
