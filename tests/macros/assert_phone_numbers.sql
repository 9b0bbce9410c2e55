-- The facts of libphonenumber, some of each kind; tests/test_phone_numbers.py has them all.
with

facts (actual, expected) as (
    values
    (regexp_full_match('+442079460958', international_numbers()), true),
    (regexp_full_match('+44207946095', international_numbers()), true),
    (regexp_full_match('+12125550', international_numbers()), false),
    (regexp_matches('+442079460958', '^' || doubtful_numbers()), false),
    (regexp_matches('+4402079460958', '^' || doubtful_numbers()), true),
    (regexp_full_match('44', trunk_calling_codes()), true),
    (regexp_full_match('39', trunk_calling_codes()), false),
    (regexp_matches('+820810', '^' || carrier_numbers()), true),
    (regexp_matches('+820101', '^' || carrier_numbers()), false),
    (regexp_full_match('0612345678', country_numbers('FR')), true),
    (regexp_full_match('0012345678', country_numbers('FR')), false),
    (regexp_full_match('17951', country_carrier_prefix('CN')), true),
    (regexp_full_match('anything', country_numbers('XX')), false),
    (country_calling_code('DE') = '49', true),
    (country_international_prefix('US') = '011', true),
    (answer_for('BB', ';AA BB:1;CC:2;') = '1', true),
    (regexp_matches('', answer_for('AB', ';AA BB:1;CC:2;')), false),
    (without_separators('+1 (2).3-4') = '+1234', true),
    (with_beginning('aab', 'a', 'x') = 'xab', true),
    (with_calling_code('0612345678', 'FR') = '+33612345678', true),
    (with_calling_code('0612345678', null) = '0612345678', true),
    (without_trunk('+4402079460958') = '+442079460958', true),
    (e164_of('+4402079460958') = '+442079460958', true),
    (e164_of('02079460958') is null, true)
)

select * from facts
where actual is distinct from expected
