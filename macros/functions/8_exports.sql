-- What advertisers' platforms match people by (B16): hashes of normal forms.

-- SHA-256 in hexadecimal digits; of nothing there is none.
create or replace macro hashed(value) as sha256(nullif(value, ''));

-- An e-mail address in its normal form as Google's Customer Match hashes it: without the dots that Gmail leaves out of
-- account.
create or replace macro address_for_customer_match(email) as
case
    when regexp_matches(email, '@(gmail|googlemail)[.]com$')
        then replace(split_part(email, '@', 1), '.', '') || '@' || split_part(email, '@', 2)
    else email
end;

-- A name as Meta's Custom Audiences hash it: small letters of any script, and nothing else.
create or replace macro name_for_custom_audience(name) as
nullif(regexp_replace(lower(nfc_normalize(name)), '[^\pL\pM]', '', 'g'), '');
