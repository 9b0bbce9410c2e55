-- B16: the hash of a Gmail address is that of the address without dots; of others the dots count.
with

examples (email, expected) as (
    values
    ('ann.lee@gmail.com', 'annlee@gmail.com'),
    ('a.n.n+x@googlemail.com', 'ann+x@googlemail.com'),
    ('ann.lee@gmail.com.x.org', 'ann.lee@gmail.com.x.org'),
    ('ann.lee@notgmail.com', 'ann.lee@notgmail.com'),
    ('ann@x.org', 'ann@x.org'),
    (null, null)
),

found as (
    select
        *,
        address_for_customer_match(email) as actual
    from examples
)

select * from found
where actual is distinct from expected
