-- R11: the first known property that a row breaks, of those that the feed has; empty and absent cells break none.
with

examples (created_at, opt_in_status, gender, birthdate, expected, expected_of_two) as (
    values
    ('2026-01-02T03:04:05Z', '1', 'female', '2000-02-29', null, null),
    ('2026-01-02T03:04:05+02:00', '0', 'male', '1999-12-31', null, null),
    ('', '', '', '', null, null),
    (null, null, null, null, null, null),
    ('2026-01-02T03:04:05', null, null, null, 'invalid_created_at', null),
    (null, 'true', null, null, 'invalid_opt_in_status', 'invalid_opt_in_status'),
    (null, null, 'f', null, 'invalid_gender', 'invalid_gender'),
    (null, null, null, '2001-02-29', 'invalid_birthdate', null),
    ('x', 'x', 'x', 'x', 'invalid_created_at', 'invalid_opt_in_status'),
    ('', 'x', 'x', 'x', 'invalid_opt_in_status', 'invalid_opt_in_status'),
    ('', '', 'x', 'x', 'invalid_gender', 'invalid_gender'),
    ('', '', '', 'x', 'invalid_birthdate', null)
),

coded as (
    select
        *,
        case
            when false then 'nothing before'
            {{ invalid_known_property() }}
        end as actual,
        case
            when false then 'nothing before'
            {{ invalid_known_property(of=['gender', 'opt_in_status']) }}
        end as actual_of_two
    from examples
)

select * from coded
where (actual is distinct from expected) or (actual_of_two is distinct from expected_of_two)
