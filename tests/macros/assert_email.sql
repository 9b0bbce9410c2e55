-- The normal form (C13 to C15), and which normal forms have the shape of an address: one @, something before it, a dot
-- inside what follows. Where an address has to be cleansed, U+FFFD stands for what makes it none.
with

examples (sent, normal_form, is_email) as (
    values
    ('ann@x.org', 'ann@x.org', true),
    ('ANN@X.COM', 'ann@x.com', true),
    (' Ann.O''Hara+news@X.Co.UK ', 'ann.o''hara+news@x.co.uk', true),
    (chr(9) || 'ANN@X.ORG' || chr(13) || chr(10), 'ann@x.org', true),
    ('ann@x.com ', 'ann@x.com', true),
    ('ann@x.com' || chr(127), 'ann@x.com', true),
    (chr(8203) || 'ann@x.org' || chr(160), 'ann@x.org', true),
    (chr(65279) || 'ann@x.com', 'ann@x.com', true),
    ('a@b.c', 'a@b.c', true),
    ('a@b..c', 'a@b..c', true),
    -- out of brackets, and behind mailto:
    ('<ann@x.org>', 'ann@x.org', true),
    (' < Ann@X.org > ', 'ann@x.org', true),
    ('mailto:ann@x.com', 'ann@x.com', true),
    ('MailTo: ann@x.org', 'ann@x.org', true),
    ('<mailto:ann@x.org>', 'ann@x.org', true),
    ('Ann Ash <ann@x.org>', 'ann@x.org', true),
    ('"Ash, Ann" <ann@x.org>', 'ann@x.org', true),
    ('bob@x.org <ann@x.org>', 'bob@x.org�<ann@x.org>', false),
    ('<ann@x.org', '<ann@x.org', true),
    ('<ann@x.org> <bob@x.org>', '<ann@x.org>�<bob@x.org>', false),
    -- other letters than those of ASCII
    ('jürgen@müller.de', 'jürgen@müller.de', true),
    ('JÜRGEN@MÜLLER.de', 'jÜrgen@müller.de', true),
    ('cafe' || chr(769) || '@x.org', 'café@x.org', true),
    ('a@straße.de', 'a@straße.de', true),
    ('a@xn--mller-kva.de', 'a@xn--mller-kva.de', true),
    (chr(8490) || '@ex.org', '�@ex.org', false),
    ('İstanbul@x.org', '�stanbul@x.org', false),
    ('ann@x．org', 'ann@x�org', false),
    ('ann＠x.org', 'ann�x.org', false),
    ('�@x.org', '�@x.org', false),
    -- something invisible inside
    ('an' || chr(160) || 'n@x.org', 'an�n@x.org', false),
    ('an n@x.com', 'an n@x.com', false),
    ('ann@x .org', 'ann@x .org', false),
    ('ann' || chr(9) || '@x.com', 'ann' || chr(9) || '@x.com', false),
    ('an' || chr(173) || 'n@x.org', 'an�n@x.org', false),
    ('ann@x.org' || chr(10) || 'bob', 'ann@x.org' || chr(10) || 'bob', false),
    -- other shapes
    ('ann', 'ann', false),
    ('ann@x', 'ann@x', false),
    ('@x.org', '@x.org', false),
    ('ann@', 'ann@', false),
    ('ann@.org', 'ann@.org', false),
    ('ann@x.', 'ann@x.', false),
    ('ann@x@y.org', 'ann@x@y.org', false),
    ('ann@@x.org', 'ann@@x.org', false),
    ('1234567890', '1234567890', false),
    ('', null, null),
    ('  ', null, null),
    ('<>', null, null),
    ('mailto:', 'mailto:', false),
    (chr(8203), null, null),
    (null, null, null)
),

judged as (
    select
        *,
        email_normal_form(sent) as actual_normal_form,
        is_email(email_normal_form(sent)) as actual,
        case
            when is_plain_address(sent) then lower(sent)
            else address_letters(bare_address(sent))
        end as by_parts,
        small_letters('Ä@Ä@Ä') as small
    from examples
)

select * from judged
where
    (actual_normal_form is distinct from normal_form)
    or (actual is distinct from is_email)
    or (by_parts is distinct from normal_form and sent <> '')
    or small <> 'Ä@ä@ä'
    or (valid_email(sent) is distinct from if(is_email, normal_form, null))
    or (email_normal_form(actual_normal_form) is distinct from actual_normal_form)
