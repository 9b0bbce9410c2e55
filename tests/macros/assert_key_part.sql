-- A part of a key says where it ends: by its length in characters; none makes none.
with

examples (sent, expected) as (
    values
    ('vip', '3:vip'),
    ('', '0:'),
    ('1:a', '3:1:a'),
    ('é', '1:é'),
    (null, null)
),

computed as (
    select
        *,
        key_part(sent) as actual
    from examples
)

select * from computed
where actual is distinct from expected
