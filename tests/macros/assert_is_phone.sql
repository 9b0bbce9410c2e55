-- A4 is exhaustive: these shapes are phones, and every other one is a rejected row.
with

examples (phone, expected, normal_form) as (
    values
    -- the four shapes
    ('1234567890', true, '+11234567890'),
    ('123-456-7890', true, '+11234567890'),
    ('1123-456-7890', true, '+11234567890'),
    ('11234567890', true, '+11234567890'),
    -- by shape alone: the digits may be any
    ('0234567890', true, '+10234567890'),
    ('0000000000', true, null),
    ('10000000000', true, null),
    ('1000-000-0000', true, null),
    ('999-999-9999', true, '+19999999999'),
    ('1111111111', true, '+11111111111'),
    -- eleven digits begin with 1
    ('21234567890', false, null),
    ('01234567890', false, null),
    ('2123-456-7890', false, null),
    -- too few, too many
    ('', false, null),
    ('1', false, null),
    ('123456789', false, null),
    ('123-456-789', false, null),
    ('111234567890', false, null),
    ('123456789012', false, null),
    ('11123-456-7890', false, null),
    -- dashes elsewhere, some of them, or more
    ('1-123-456-7890', false, null),
    ('1-1234567890', false, null),
    ('123-4567890', false, null),
    ('123456-7890', false, null),
    ('1123-4567890', false, null),
    ('12-3456-7890', false, null),
    ('123-4567-890', false, null),
    ('123--456-7890', false, null),
    ('-1234567890', false, null),
    ('1234567890-', false, null),
    ('----------', false, null),
    -- other signs and digits
    ('+11234567890', false, null),
    ('+1123-456-7890', false, null),
    ('(123) 456-7890', false, null),
    ('123 456 7890', false, null),
    ('123.456.7890', false, null),
    ('123–456–7890', false, null),
    ('123456789O', false, null),
    ('12345678 90', false, null),
    (' 1234567890', false, null),
    ('1234567890 ', false, null),
    ('1234567890' || chr(10), false, null),
    ('1234567890,1234567890', false, null),
    ('1.23456789e9', false, null),
    ('１２３４５６７８９０', false, null),
    ('٠١٢٣٤٥٦٧٨٩', false, null),
    ('ann@x.org', false, null),
    (null, null, null)
),

judged as (
    select
        *,
        is_phone(phone) as actual,
        case when is_phone(phone) then phone_normal_form(phone) end as actual_normal_form
    from examples
)

select * from judged
where (actual is distinct from expected) or (actual_normal_form is distinct from normal_form)
