-- The normal form of an address, null if the text is none.
with

examples (sent, expected) as (
    values
    (' Ann@X.org ', 'ann@x.org'),
    ('ann@x', null),
    ('', null),
    (null, null)
),

judged as (
    select
        *,
        valid_email(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
