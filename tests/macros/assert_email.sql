-- The normal form of an address (C13 to C15): one @, something before it, a dot inside what follows, no angle bracket,
-- nothing invisible, no lookalike of ASCII. Null is no address.
with

examples (sent, normal_form) as (
    values
    ('ann@x.org', 'ann@x.org'),
    ('ANN@X.COM', 'ann@x.com'),
    (' Ann.O''Hara+news@X.Co.UK ', 'ann.o''hara+news@x.co.uk'),
    (chr(9) || 'ANN@X.ORG' || chr(13) || chr(10), 'ann@x.org'),
    ('ann@x.com ', 'ann@x.com'),
    ('ann@x.com' || chr(127), 'ann@x.com'),
    (chr(8203) || 'ann@x.org' || chr(160), 'ann@x.org'),
    (chr(65279) || 'ann@x.com', 'ann@x.com'),
    ('a@b.c', 'a@b.c'),
    ('a@b..c', 'a@b..c'),
    -- out of brackets, and behind mailto:
    ('<ann@x.org>', 'ann@x.org'),
    (' < Ann@X.org > ', 'ann@x.org'),
    ('mailto:ann@x.com', 'ann@x.com'),
    ('MailTo: ann@x.org', 'ann@x.org'),
    ('<mailto:ann@x.org>', 'ann@x.org'),
    ('Ann Ash <ann@x.org>', 'ann@x.org'),
    ('"Ash, Ann" <ann@x.org>', 'ann@x.org'),
    ('bob@x.org <ann@x.org>', null),
    ('<ann@x.org', null),
    ('<ann@x.org> <bob@x.org>', null),
    -- other letters than those of ASCII
    ('jürgen@müller.de', 'jürgen@müller.de'),
    ('JÜRGEN@MÜLLER.de', 'jürgen@müller.de'),
    ('cafe' || chr(769) || '@x.org', 'café@x.org'),
    ('a@straße.de', 'a@straße.de'),
    ('a@xn--mller-kva.de', 'a@xn--mller-kva.de'),
    (chr(8490) || '@ex.org', null),
    ('İstanbul@x.org', null),
    ('ann@x．org', null),
    ('ann＠x.org', null),
    ('�@x.org', null),
    -- something invisible inside
    ('an' || chr(160) || 'n@x.org', null),
    ('an n@x.com', null),
    ('ann@x .org', null),
    ('ann' || chr(9) || '@x.com', null),
    ('an' || chr(173) || 'n@x.org', null),
    ('ann@x.org' || chr(10) || 'bob', null),
    -- other shapes
    ('ann', null),
    ('ann@x', null),
    ('@x.org', null),
    ('ann@', null),
    ('ann@.org', null),
    ('ann@x.', null),
    ('ann@x@y.org', null),
    ('ann@@x.org', null),
    ('1234567890', null),
    ('', null),
    ('  ', null),
    ('<>', null),
    ('mailto:', null),
    (chr(8203), null),
    (null, null)
),

judged as (
    select
        *,
        email_normal_form(sent) as actual,
        case when is_plain_address(sent) then lower(sent) end as as_plain,
        address_letters(bare_address(sent)) as by_parts
    from examples
)

select * from judged
where
    (actual is distinct from normal_form)
    or as_plain <> by_parts
    or (normal_form is not null and by_parts <> normal_form)
    or (email_normal_form(actual) is distinct from actual)
