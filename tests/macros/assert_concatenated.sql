-- B11: the filled cells of several columns, and no separator where one is empty; '' where all are, null where none
-- was sent.
with

examples (street, house, town, expected, expected_of_one) as (
    values
    ('High St', '1', 'York', 'High St''; 1''; York', 'High St'),
    ('High St', '', 'York', 'High St''; York', 'High St'),
    (null, '1', null, '1', null),
    ('', '', 'York', 'York', ''),
    ('', '', '', '', ''),
    ('', null, null, '', ''),
    (null, null, null, null, null)
),

joined as (
    select
        *,
        concatenated([street, house, town], '''; ') as actual,
        concatenated([street], ' ') as actual_of_one
    from examples
)

select * from joined
where (actual is distinct from expected) or (actual_of_one is distinct from expected_of_one)
