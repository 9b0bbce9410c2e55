-- A key tells its columns apart: where one ends, whatever they hold (C83), and an empty one from none. The hash itself
-- may never change: it is stored.
with

examples (first_text, second_text) as (
    values
    ('acme', 'vip'),
    ('other', 'vip'),
    ('acm', 'evip'),
    ('acmevip', ''),
    ('', 'acmevip'),
    ('acme', ''),
    ('acme', null),
    (null, 'acme'),
    (null, null),
    ('acme', 'VIP'),
    ('acme', 'vip '),
    ('a|b', 'c'),
    ('a', 'b|c'),
    ('~null~', 'acme'),
    ('1:a', ''),
    ('', '1:a')
),

keys as (
    select
        first_text,
        second_text,
        hash_key(first_text, second_text) as hash_key
    from examples
),

repeated as (
    select
        hash_key,
        'two texts share a key' as fault
    from keys
    group by hash_key
    having count(*) > 1
),

changed as (
    select
        hash_key,
        'the key of acme, vip has changed' as fault
    from keys
    where
        first_text = 'acme' and second_text = 'vip'
        and hash_key <> cast('d534a998-929a-a8f6-765b-6355804f0e15' as uuid)
)

select * from repeated
union all
select * from changed
