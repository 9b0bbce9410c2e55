-- R10, X3: the first identifier in the feed's order, and all of them where there are several.
with

examples (id, email, expected_type, expected_value, expected_identifiers) as (
    values
    ('c1', 'ann@x.org', 'id', 'c1', '[{type: id, value: c1}, {type: email, value: ann@x.org}]'),
    ('c1', null, 'id', 'c1', null),
    (null, 'ann@x.org', 'email', 'ann@x.org', null),
    (null, null, null, null, null)
),

identified as (
    select
        *,
        {{ first_identifier({'id': 'id', 'email': 'email'}) }}
    from examples
)

select * from identified
where
    (identifier_type is distinct from expected_type)
    or (identifier_value is distinct from expected_value)
    or (identifiers is distinct from cast(expected_identifiers as struct(type varchar, value varchar)[]))
