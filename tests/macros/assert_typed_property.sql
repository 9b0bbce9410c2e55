-- Properties as columns of their types, null where they are not of the type; and for people to read, with the values
-- of lists (here with `|`) apart.
with

examples (sent, expected_text, expected_list, expected_number, expected_date) as (
    values
    ('tea', 'tea', ['tea'], null, null),
    ('tea|green tea', 'tea; green tea', ['tea', 'green tea'], null, null),
    ('5', '5', ['5'], 5, null),
    ('-1.5', '-1.5', ['-1.5'], -1.5, null),
    ('1,5', '1,5', ['1,5'], null, null),
    ('5|7', '5; 7', ['5', '7'], null, null),
    ('2024-02-29', '2024-02-29', ['2024-02-29'], null, '2024-02-29'),
    ('2023-02-29', '2023-02-29', ['2023-02-29'], null, null),
    (null, null, null, null, null)
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
        {{ typed_property('sent', 'date') }} as actual_date,
        shown_map(map_from_entries([('a', coalesce(sent, '')), ('b', 'x')])) as actual_map
    from separated
)

select * from typed
where
    (actual_text is distinct from expected_text)
    or (shown is distinct from expected_text)
    or (actual_list is distinct from expected_list)
    or (actual_number is distinct from expected_number)
    or (cast(actual_date as varchar) is distinct from expected_date)
    or actual_map <> map_from_entries([('a', coalesce(expected_text, '')), ('b', 'x')])
