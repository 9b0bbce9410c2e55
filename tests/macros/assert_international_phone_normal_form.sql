-- A shop's phones: + and 7 to 15 digits, or a shape of A4.
with

examples (phone, expected) as (
    values
    ('+442079460958', '+442079460958'),
    ('+44 20 7946 0958', '+442079460958'),
    ('+44 (0) 20-7946.0958', '+4402079460958'),
    ('+1234567', '+1234567'),
    ('+123456789012345', '+123456789012345'),
    ('+1 (234) 567-8901', '+12345678901'),
    ('1234567890', '+11234567890'),
    ('123-456-7890', '+11234567890'),
    ('11234567890', '+11234567890'),
    ('1123-456-7890', '+11234567890'),
    ('+123456', null),
    ('+1234567890123456', null),
    ('442079460958', null),
    ('00442079460958', null),
    ('++442079460958', null),
    ('44+2079460958', null),
    ('+44/2079460958', null),
    ('+44 20 7946 0958 ext 1', null),
    ('+', null),
    ('+ () .-', null),
    ('', null),
    ('ann', null),
    (null, null)
),

judged as (
    select
        *,
        international_phone_normal_form(phone) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)
