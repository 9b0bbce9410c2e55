-- Phones have one form, + and digits: those of lists without a header by shape alone (A4), all others as numbers of
-- their countries, whose facts are in 0_phone_numbers.sql.

-- The four shapes of A4, judged by shape alone.
create or replace macro is_phone(sent) as matches(sent, '1?([0-9]{10}|[0-9]{3}-[0-9]{3}-[0-9]{4})');

-- The one normal form of the shapes of A4: +1 and ten digits. Ten zeros are nobody's (X3).
create or replace macro phone_normal_form(sent) as nullif('+1' || right(replace(sent, '-', ''), 10), '+10000000000');

create or replace macro without_separators(phone) as
replace(replace(replace(replace(replace(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '');

-- A text with something else for its beginning, if that is of a pattern.
create or replace macro with_beginning(sent, pattern, instead) as
regexp_replace(sent, '^(?:' || pattern || ')', instead);

-- A phone as it is dialled in a country, without separators, with its calling code; another text stays. A number before
-- which there may be more than a trunk prefix is spoilt: it is not certain what it is.
create or replace macro with_calling_code(digits, country) as
with_beginning(
    with_beginning(
        with_beginning(digits, country_international_prefix(country), '+'), country_carrier_prefix(country), '?'
    ),
    country_numbers(country) || '$',
    '+' || country_calling_code(country) || '\1'
);

-- A phone with its calling code without a 0 behind it that is written before the number at home only (C16), and spoilt
-- if more may stand there.
create or replace macro without_trunk(digits) as
with_beginning(
    with_beginning(
        with_beginning(digits, carrier_numbers(), '?'), '[+](' || trunk_calling_codes() || ')0([1-9])', '+\1\2'
    ),
    doubtful_numbers(),
    '?'
);

-- A number with its calling code, without separators, as E.164; null if it is none.
create or replace macro e164_of(number) as
regexp_extract_all(without_trunk(number), '^' || international_numbers() || '$')[1];

-- The normal form of a phone of any country (C16, C17): E.164, as libphonenumber has it, or null. A number with an
-- extension is none, nor is one without its calling code.
-- A point that separates digits goes, but not as another digit what a program has written as a fraction (…456.0).
create or replace macro international_phone_normal_form(sent) as
e164_of(without_separators(without_zero_fraction(filled_text(sent))));

-- The same, where a number without its calling code is one of `country`.
create or replace macro country_phone_normal_form(sent, country) as
e164_of(with_calling_code(without_separators(without_zero_fraction(filled_text(sent))), country));
