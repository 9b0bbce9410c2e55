-- B4: a date in the feed's format; `iso` is YYYY-MM-DD, `automatic` whatever begins with the year, and the day of a
-- moment (C22). Null where a filled cell is none, or is written otherwise. An empty cell stays one.
with

examples (sent, day_first, with_letters, automatic) as (
    values
    ('31.12.1999', '1999-12-31', null, null),
    ('29.02.2024', '2024-02-29', null, null),
    ('01.01.0001', '0001-01-01', null, null),
    ('31.12.0000', null, null, null),
    ('29.02.2023', null, null, null),
    ('31.04.2000', null, null, null),
    ('00.01.2000', null, null, null),
    ('12.31.1999', null, null, null),
    ('01.02.26', null, null, null),
    ('1.2.2000', null, null, null),
    ('01.02.2000 ', null, null, null),
    ('01.02.2000 10:00', null, null, null),
    ('01/02/2000', null, null, null),
    ('01.02.12000', null, null, null),
    ('5 Jan 2020', null, null, null),
    ('05 Jan 2020', null, '2020-01-05', null),
    ('05 jan 2020', null, '2020-01-05', null),
    ('05 Foo 2020', null, null, null),
    ('1999-12-31', null, null, '1999-12-31'),
    ('1999-12-31T23:30:00+05:00', null, null, '1999-12-31'),
    ('1999-12-31T23:30:00', null, null, null),
    ('1999-02-29', null, null, null),
    ('19991231', null, null, '1999-12-31'),
    ('1999/12/31', null, null, '1999-12-31'),
    ('1999.12.31', null, null, '1999-12-31'),
    ('1999/12.31', null, null, null),
    ('1999/31/12', null, null, null),
    ('0000-01-01', null, null, null),
    ('00000101', null, null, null),
    ('infinity', null, null, null),
    ('today', null, null, null),
    ('', '', '', ''),
    (null, null, null, null)
),

judged as (
    select
        *,
        date_by_format(sent, '%d.%m.%Y') as actual_day_first,
        date_by_format(sent, '%d %b %Y') as actual_with_letters,
        automatic_date(sent) as actual_automatic,
        iso_date(sent) as actual_iso,
        year_first(sent) as with_year_first
    from examples
)

select * from judged
where
    (actual_day_first is distinct from day_first)
    or (actual_with_letters is distinct from with_letters)
    or (actual_automatic is distinct from automatic)
    or (actual_iso is distinct from case when sent like '____-__-__' or sent = '' then automatic end)
    or with_year_first not in (sent, automatic, '1999-31-12', '0000-01-01')
