-- Properties as columns of their types, null where the stored text is no value of the type (C88), whatever the engine
-- would make of it; and for people to read, with the values of lists (here with `|`) apart.
with

examples (sent, expected_text, expected_list, expected_number, expected_whole, expected_time) as (
    values
    ('tea', 'tea', ['tea'], null, null, null),
    ('tea|green tea', 'tea; green tea', ['tea', 'green tea'], null, null, null),
    ('5', '5', ['5'], '5', '5', null),
    ('-1.5', '-1.5', ['-1.5'], '-1.5', null, null),
    ('3.0', '3.0', ['3.0'], '3', null, null),
    ('70000', '70000', ['70000'], '70000', null, null),
    ('1e3', '1e3', ['1e3'], null, null, null),
    ('nan', 'nan', ['nan'], null, null, null),
    ('1,5', '1,5', ['1,5'], null, null, null),
    ('5|7', '5; 7', ['5', '7'], null, null, null),
    ('10:00', '10:00', ['10:00'], null, null, '10:00:00'),
    ('10:00+02:00', '10:00+02:00', ['10:00+02:00'], null, null, null),
    ('2023-02-29', '2023-02-29', ['2023-02-29'], null, null, null),
    (null, null, null, null, null, null)
),

separated as (
    select
        * exclude (sent),
        replace(sent, '|', value_separator()) as sent
    from examples
),

typed as (
    select
        *,
        {{ typed_property('sent', 'varchar') }} as actual_text,
        shown_value(sent) as shown,
        {{ typed_property('sent', 'varchar[]') }} as actual_list,
        {{ typed_property('sent', 'decimal(38, 9)') }} as actual_number,
        {{ typed_property('sent', 'double') }} as actual_double,
        {{ typed_property('sent', 'smallint') }} as actual_whole,
        {{ typed_property('sent', 'time') }} as actual_time,
        shown_map(map_from_entries([('a', coalesce(sent, '')), ('b', 'x')])) as actual_map
    from separated
),

-- Those of days and moments, and of the properties that have few values.
days (sent, expected_date, expected_moment, is_opted_in, gender) as (
    values
    ('2024-02-29', '2024-02-29', null, null, null),
    ('2023-02-29', null, null, null, null),
    ('20240229', null, null, null, null),
    ('infinity', null, null, null, null),
    ('2026-10-01T10:00:00+14:00', null, '2026-09-30 20:00:00', null, null),
    ('2026-10-01 10:00Z', null, '2026-10-01 10:00:00', null, null),
    ('2026-10-01 10:00:00', null, null, null, null),
    ('1', null, null, true, null),
    ('0', null, null, false, null),
    ('yes', null, null, null, null),
    ('male', null, null, null, 'male'),
    ('m', null, null, null, null),
    (null, null, null, null, null)
),

typed_days as (
    select
        *,
        {{ typed_property('sent', 'date') }} as actual_date,
        {{ typed_property('sent', 'timestamp') }} as actual_moment,
        {{ typed_property('sent', 'timestamptz') }} as actual_moment_with_zone,
        {{ typed_property('sent', 'boolean', 'opt_in_status') }} as actual_opted_in,
        {{ typed_property('sent', 'varchar', 'gender') }} as actual_gender
    from days
),

wrong as (
    select
        sent,
        to_json(typed) as found
    from typed
    where
        (actual_text is distinct from expected_text)
        or (shown is distinct from expected_text)
        or (actual_list is distinct from expected_list)
        or (actual_number is distinct from cast(expected_number as decimal(38, 9)))
        or (actual_double is distinct from cast(expected_number as double))
        or (actual_whole is distinct from cast(expected_whole as smallint))
        or (actual_time is distinct from cast(expected_time as time))
        or actual_map <> map_from_entries([('a', coalesce(expected_text, '')), ('b', 'x')])
    union all
    select
        sent,
        to_json(typed_days) as found
    from typed_days
    where
        (actual_date is distinct from cast(expected_date as date))
        or (actual_moment is distinct from cast(expected_moment as timestamp))
        or (actual_moment_with_zone is distinct from timezone('UTC', cast(expected_moment as timestamp)))
        or (actual_opted_in is distinct from is_opted_in)
        or (actual_gender is distinct from gender)
)

select * from wrong
