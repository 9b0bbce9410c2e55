-- R10, X10: whom a row is about. One valid identifier is enough: what is invalid beside it, or a placeholder, is
-- dropped. Without any the row names nobody, or has the code of the first that is invalid.
{%- set identifiers = {'id': 'customer_id', 'email': 'email', 'phone': 'mobile'} %}
with

examples (customer_id, email, mobile, expected_value, code, dropped) as (
    values
    ('1', ' Ann@x.org', '', '1', null, null),
    (
        '1', 'no address', '(212) 555-0101', '1', null,
        'email=no address invalid_email, mobile=(212) 555-0101 invalid_phone'
    ),
    ('0', 'ann@x.org', null, 'ann@x.org', null, 'customer_id=0 placeholder'),
    ('NULL', 'n/a', ' ', null, 'no_identifier', 'customer_id=NULL placeholder, email=n/a placeholder'),
    ('-', 'no address', null, null, 'invalid_email', 'customer_id=- placeholder, email=no address invalid_email'),
    ('', 'no address', '12', null, 'invalid_email', 'email=no address invalid_email, mobile=12 invalid_phone'),
    (null, null, '12', null, 'invalid_phone', 'mobile=12 invalid_phone'),
    ('', '', '', null, 'no_identifier', null),
    (null, null, null, null, 'no_identifier', null)
),

cleaned as (
    select
        examples.* exclude (customer_id, email, mobile),
        {{ identifier_cells('examples', identifiers) }}
    from examples
),

normalised as (
    select
        *,
        {{ normal_forms(identifiers) }}
    from cleaned
),

judged as (
    select
        *,
        {{ first_identifier(identifiers) }},
        array_to_string(
            list_transform(
                {{ dropped_identifiers(identifiers) }},
                lambda cell: cell.column_name || '=' || cell.text || ' ' || cell.code
            ),
            ', '
        ) as actually_dropped,
        {{ identifier_code(identifiers) }} as actual_code
    from normalised
),

-- A feed that says itself what identifies nobody.
with_own_words as (
    select
        *,
        {{ normal_forms(identifiers, ['Nobody']) }}
    from (
        select
            'nobody' as customer_id_as_sent,
            '0' as email_as_sent,
            cast(null as varchar) as mobile_as_sent
    ) as cleaned
),

own_words as (
    select
        customer_id,
        array_to_string(
            list_transform(
                {{ dropped_identifiers(identifiers, ['Nobody']) }},
                lambda cell: cell.column_name || ' ' || cell.code
            ),
            ', '
        ) as dropped,
        {{ identifier_code(identifiers, ['Nobody']) }} as code
    from with_own_words
)

select expected_value from judged
where
    (identifier_value is distinct from expected_value)
    or (actual_code is distinct from code)
    or (actually_dropped is distinct from dropped)
union all
select dropped from own_words
where customer_id is not null or code <> 'invalid_email' or dropped <> 'customer_id placeholder, email invalid_email'
