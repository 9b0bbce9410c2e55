-- B11, C18: an address out of what people paste; white space goes at the ends and beside @ and dots. What is no address
-- stays none. Letters stay as they are.
with

examples (sent, expected, is_address) as (
    values
    ('ann@x.org', 'ann@x.org', true),
    ('Ann@X.ORG', 'Ann@X.ORG', true),
    ('MAILTO: ann@x.org', 'ann@x.org', true),
    ('<mailto:ann@x.org>', 'ann@x.org', true),
    ('"Ash, Ann" < ann@x.org >', 'ann@x.org', true),
    (' ann @ x . org ', 'ann@x.org', true),
    ('ann' || chr(160) || '@' || chr(9) || 'x.org' || chr(13) || chr(10), 'ann@x.org', true),
    ('ann. lee@mail. x.org', 'ann.lee@mail.x.org', true),
    ('JÜRGEN@müller.de', 'JÜRGEN@müller.de', true),
    -- another word beside the address
    ('bob@x.org old', 'bob@x.org old', false),
    ('ann@x.org (home)', 'ann@x.org (home)', false),
    ('an n@x.org', 'an n@x.org', false),
    ('bob@x.org. Old', 'bob@x.org. Old', false),
    ('bob@x. org. Old', 'bob@x. org. Old', false),
    ('bob@x.org .', 'bob@x.org .', false),
    ('ann@x.org; bob@x.org', 'ann@x.org; bob@x.org', false),
    ('ann@x,org', 'ann@x,org', false),
    ('<ann@x.org> <bob@x.org>', '<ann@x.org> <bob@x.org>', false),
    ('<>', '', false),
    ('mailto:', 'mailto:', false),
    ('', '', false),
    (null, null, false)
),

cleansed as (
    select
        *,
        cleansed_email(sent) as actual,
        without_space('a @ b . c') as without_any
    from examples
)

select * from cleansed
where
    (actual is distinct from expected)
    or (email_normal_form(actual) is not null) <> is_address
    or (cleansed_email(actual) is distinct from actual)
    or without_any <> 'a@b.c'
