-- B16: SHA-256 in small hexadecimal digits (the examples of FIPS 180-2 among them); of nothing there is none.
with

examples (sent, expected) as (
    values
    ('abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    ('ann@x.org', sha256('ann@x.org')),
    ('', null),
    (null, null)
),

found as (
    select
        *,
        hashed(sent) as actual
    from examples
)

select * from found
where actual is distinct from expected
