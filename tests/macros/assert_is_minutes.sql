-- M5, M6: a number of minutes, and a time since 1970 before the year 10000, which may have a fraction of zero (C90);
-- none is neither wrong.
with

examples (sent, minutes, epoch) as (
    values
    ('0', true, true),
    ('60', true, true),
    ('007', true, true),
    ('999999999', true, true),
    ('1000000000', false, true),
    ('253402300799999', false, true),
    ('253402300800000', false, false),
    ('999999999999999', false, false),
    ('1000000000000000', false, false),
    ('99999999999999999999', false, false),
    ('-1', false, false),
    ('+1', false, false),
    ('1.5', false, false),
    ('60.0', false, true),
    ('253402300799999.00', false, true),
    ('253402300800000.0', false, false),
    ('1.', false, false),
    ('.0', false, false),
    ('1.0.0', false, false),
    ('1.0' || chr(10), false, false),
    ('1e3', false, false),
    (' 1', false, false),
    ('1' || chr(10), false, false),
    ('١', false, false),
    ('x', false, false),
    ('', false, false),
    (null, true, true)
),

judged as (
    select
        *,
        is_minutes(sent) as actual_minutes,
        is_epoch(sent) as actual_epoch
    from examples
)

select * from judged
where (actual_minutes is distinct from minutes) or (actual_epoch is distinct from epoch)
