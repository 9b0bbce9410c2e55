-- C16, C17: a number of any country with its calling code, or one of the feed's country without; nothing else.
-- tests/test_phone_numbers.py compares with libphonenumber.
with

examples (phone, default_country, expected) as (
    values
    ('+442079460958', null, '+442079460958'),
    ('+44 20 7946 0958', null, '+442079460958'),
    ('+44 (0)20 7946 0958', null, '+442079460958'),
    ('+44 (0) 20-7946.0958', null, '+442079460958'),
    (chr(8203) || '+44 20 7946 0958' || chr(160), null, '+442079460958'),
    ('+1 (212) 555-0101', null, '+12125550101'),
    ('+39 06 6982', null, '+39066982'),
    ('+39 (0)6 6982', null, '+39066982'),
    ('+44 20 7946 0958', 'US', '+442079460958'),
    ('+4930123456.0', null, '+4930123456'),
    ('15112345678.0', 'DE', '+4915112345678'),
    -- one with its country
    ('13812345678', 'CN', '+8613812345678'),
    ('138 1234 5678', 'CN', '+8613812345678'),
    ('3331234567', 'IT', '+393331234567'),
    ('06 6982', 'IT', '+39066982'),
    ('06 12 34 56 78', 'FR', '+33612345678'),
    ('0171 1234567', 'DE', '+491711234567'),
    ('0049 171 1234567', 'DE', '+491711234567'),
    ('010-1234-5678', 'KR', '+821012345678'),
    ('8 (912) 345-67-89', 'RU', '+79123456789'),
    ('(212) 555-0101', 'US', '+12125550101'),
    ('212-555-0101', 'US', '+12125550101'),
    ('1212-555-0101', 'US', '+12125550101'),
    -- without one
    ('1234567890', null, null),
    ('212-555-0101', null, null),
    ('13812345678', null, null),
    ('3331234567', null, null),
    ('0612345678', null, null),
    ('442079460958', null, null),
    ('00442079460958', null, null),
    -- of no country, or not of this one
    ('+0123456789', null, null),
    ('+1 212 555 010', null, null),
    ('+1 112 555 0101', null, null),
    ('+1 212 555 01011', null, null),
    ('+44 0', null, null),
    ('+44 20 7946 09581', null, null),
    ('+210 123456789', null, null),
    ('+123456', null, null),
    ('+1234567890123456', null, null),
    ('112-555-0101', 'US', null),
    ('0612345678', 'US', null),
    ('12345', 'FR', null),
    -- more, or another thing, than a number
    ('+44 20 7946 0958 ext 1', null, null),
    ('+44 20 7946 0958x1', null, null),
    ('+44/2079460958', null, null),
    ('+44' || chr(160) || '2079460958', null, null),
    ('++442079460958', null, null),
    ('44+2079460958', null, null),
    ('?442079460958', null, null),
    ('089 123456/57', 'DE', null),
    ('+', null, null),
    ('+ () .-', null, null),
    ('', 'US', null),
    ('ann', 'US', null),
    (null, 'US', null)
),

-- The country is a constant where the function is used; here it is the row's.
judged as (
    select
        *,
        case default_country
            when 'CN' then country_phone_normal_form(phone, 'CN')
            when 'IT' then country_phone_normal_form(phone, 'IT')
            when 'FR' then country_phone_normal_form(phone, 'FR')
            when 'DE' then country_phone_normal_form(phone, 'DE')
            when 'KR' then country_phone_normal_form(phone, 'KR')
            when 'RU' then country_phone_normal_form(phone, 'RU')
            when 'US' then country_phone_normal_form(phone, 'US')
            else international_phone_normal_form(phone)
        end as actual
    from examples
)

select * from judged
where
    (actual is distinct from expected)
    or (international_phone_normal_form(actual) is distinct from actual)
