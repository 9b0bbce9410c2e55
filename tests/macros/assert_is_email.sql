-- Of a text that is no normal form: what nobody sees, and lookalikes of ASCII, make it no address by themselves.
with

examples (sent, expected) as (
    values
    ('ann@x.org', true),
    ('o''hara@x.org', true),
    ('jürgen@müller.de', true),
    ('ann @x.org', false),
    ('ann@x.org' || chr(10), false),
    (chr(8203) || 'ann@x.org', false),
    ('ann' || chr(160) || '@x.org', false),
    (chr(8490) || '@x.org', false),
    ('ann@x@x.org', false),
    ('ann@x', false),
    ('', false),
    (null, null)
),

judged as (
    select
        *,
        is_email(sent) as actual
    from examples
)

select * from judged
where actual is distinct from expected
