-- C13: what nobody sees goes from the ends of an identifier, and makes it none inside.
with

examples (sent, normal_form) as (
    values
    ('1', '1'),
    ('A-1_b.c~d', 'A-1_b.c~d'),
    ('a/b:c+d', 'a/b:c+d'),
    ('Zoë', 'Zoë'),
    (' 1 ', '1'),
    (chr(9) || '1' || chr(13) || chr(10), '1'),
    ('1' || chr(160), '1'),
    ('2' || chr(8203), '2'),
    (chr(65279) || '3', '3'),
    (chr(173) || '4' || chr(8206) || chr(8207), '4'),
    (chr(8239) || '5' || chr(12288) || chr(8233), '5'),
    (chr(0) || '6' || chr(127) || chr(133), '6'),
    (chr(12644) || '7' || chr(65039) || chr(10240), '7'),
    ('12.0', '12'),
    (' 12.000' || chr(160), '12'),
    ('12.5', '12.5'),
    ('0.10', '0.10'),
    ('1.2.0', '1.2.0'),
    ('v1.0', 'v1.0'),
    ('1.23457E+12', null),
    (' 1,2e+05' || chr(160), null),
    ('9E+15', null),
    ('12.5E+15', '12.5E+15'),
    ('a1E+15', 'a1E+15'),
    ('a b', null),
    ('a' || chr(9) || 'b', null),
    ('a' || chr(160) || 'b', null),
    ('a' || chr(8203) || 'b', null),
    (' a' || chr(173) || 'b ', null),
    ('a' || chr(10) || 'b', null),
    ('', null),
    ('  ', null),
    (chr(65279) || chr(8203) || chr(160), null),
    (null, null)
),

judged as (
    select
        *,
        identifier_normal_form(sent) as actual
    from examples
)

select * from judged
where
    (actual is distinct from normal_form)
    or (identifier_normal_form(actual) is distinct from actual)
