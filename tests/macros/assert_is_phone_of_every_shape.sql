-- A4 once more, by counting: of all texts of up to 14 signs that are a 1 or nothing, then dashes and zeros, exactly the
-- rule's four shapes are phones.
with recursive

texts as (
    select unnest(['', '1']) as phone
    union all
    select texts.phone || signs.sign as phone
    from texts
    cross join (values ('0'), ('-')) as signs (sign)
    where length(texts.phone) < 14
),

judged as (
    select
        phone,
        is_phone(phone) as actual,
        phone in (
            '0000000000', '000-000-0000', '1000-000-0000', '10000000000',
            -- the 1 as one of the ten digits
            '1000000000', '100-000-0000'
        ) as expected
    from texts
)

select * from judged
where (actual is distinct from expected)
