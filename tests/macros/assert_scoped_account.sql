-- M3, C90: a compartment is any text, and no two pairs make one account (C83).
with

examples (compartment, account, expected) as (
    values
    (null, 'a', ':a'),
    ('7', 'a', '7:a'),
    ('crm-web', 'a', 'crm-web:a'),
    ('crm web', 'a', 'crm web:a'),
    ('a', 'b:c', 'a:b:c'),
    ('a:b', 'c', 'a%3Ab:c'),
    ('a%3Ab', 'c', 'a%253Ab:c'),
    (null, 'b:c', ':b:c'),
    ('7', null, null)
),

judged as (
    select
        *,
        scoped_account(compartment, account) as actual
    from examples
)

select * from judged
where actual is distinct from expected
