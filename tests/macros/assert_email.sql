-- The normal form, and which normal forms have the shape of an address: one @, something before it, a dot inside what
-- follows.
with

examples (sent, normal_form, is_email) as (
    values
    ('ann@x.org', 'ann@x.org', true),
    (' Ann.O''Hara+news@X.Co.UK ', 'ann.o''hara+news@x.co.uk', true),
    (chr(9) || 'ANN@X.ORG' || chr(13) || chr(10), 'ann@x.org', true),
    ('a@b.c', 'a@b.c', true),
    ('jürgen@müller.de', 'jürgen@müller.de', true),
    ('a@b..c', 'a@b..c', true),
    ('an' || chr(160) || 'n@x.org', 'an' || chr(160) || 'n@x.org', false),
    ('ann', 'ann', false),
    ('ann@x', 'ann@x', false),
    ('@x.org', '@x.org', false),
    ('ann@', 'ann@', false),
    ('ann@.org', 'ann@.org', false),
    ('ann@x.', 'ann@x.', false),
    ('ann@x@y.org', 'ann@x@y.org', false),
    ('ann@@x.org', 'ann@@x.org', false),
    ('an n@x.org', 'an n@x.org', false),
    ('ann@x .org', 'ann@x .org', false),
    ('ann' || chr(9) || '@x.org', 'ann' || chr(9) || '@x.org', false),
    ('ann@x.org' || chr(10) || 'bob@x.org', 'ann@x.org' || chr(10) || 'bob@x.org', false),
    ('1234567890', '1234567890', false),
    ('', null, null),
    ('  ', null, null),
    (null, null, null)
),

judged as (
    select
        *,
        email_normal_form(sent) as actual_normal_form,
        is_email(email_normal_form(sent)) as actual
    from examples
)

select * from judged
where (actual_normal_form is distinct from normal_form) or (actual is distinct from is_email)
