-- R11: a birthdate is a real date, written YYYY-MM-DD and in no other way.
with

examples (sent, expected) as (
    values
    ('2000-01-31', true),
    ('2000-02-29', true),
    ('2024-02-29', true),
    ('1999-12-31', true),
    ('0001-01-01', true),
    ('9999-12-31', true),
    ('1900-02-29', false),
    ('2001-02-29', false),
    ('2000-02-30', false),
    ('2000-04-31', false),
    ('2000-13-01', false),
    ('2000-00-10', false),
    ('2000-01-00', false),
    ('2000-1-31', false),
    ('00-01-31', false),
    ('20000131', false),
    ('2000/01/31', false),
    ('31.01.2000', false),
    ('01-31-2000', false),
    ('2000-01-31 00:00:00', false),
    ('2000-01-31T00:00:00Z', false),
    ('2000-01-31 (BC)', false),
    ('-2000-01-31', false),
    ('+2000-01-31', false),
    (' 2000-01-31', false),
    ('epoch', false),
    ('infinity', false),
    ('today', false),
    ('', false),
    (null, false)
),

judged as (
    select
        *,
        is_date(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
