-- All of a text has to match, line ends included: a pattern that only occurs in it does not.
with

examples (sent, expected) as (
    values
    ('ab', true),
    ('aab', true),
    ('xab', false),
    ('abx', false),
    ('ab' || chr(10), false),
    (chr(10) || 'ab', false),
    ('ab' || chr(10) || 'ab', false),
    ('AB', false),
    ('', false),
    (null, null)
),

judged as (
    select
        *,
        matches(sent, 'a+b') as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
