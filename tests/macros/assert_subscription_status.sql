-- O12: what the words of a status column mean; null: they are not known.
with

examples (sent, expected) as (
    values
    ('active', 'active'),
    ('Subscribed', 'active'),
    ('inactive', 'inactive'),
    ('UNSUBSCRIBED', 'inactive'),
    ('cancelled', 'inactive'),
    ('canceled', 'inactive'),
    ('bounced', 'inactive'),
    ('complained', 'inactive'),
    ('spam', 'inactive'),
    ('suppressed', 'inactive'),
    ('expired', 'inactive'),
    ('lead', 'lead'),
    ('Pending', 'lead'),
    ('unconfirmed', 'lead'),
    ('un subscribed', null),
    ('yes', null),
    ('1', null),
    ('', null),
    (null, null)
),

judged as (
    select
        *,
        subscription_status(sent) as actual
    from examples
)

select * from judged
where actual is distinct from expected
