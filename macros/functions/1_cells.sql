-- What a cell is worth: text as partners write it, in the forms that Muster keeps (docs/semantics.md, 3).
-- A cell is text; '' is an empty one, null a column that was not sent.

-- A cell as it counts: trimmed of spaces, tabs and line ends (A1). Hardly any cell has something to trim, and looking
-- at its ends costs a fifth of trimming.
create or replace macro cell(sent) as
case
    when sent < '!' or substr(sent, -1) < '!' then trim(sent, ' ' || chr(9) || chr(10) || chr(13))
    else sent
end;

-- The same for identifiers: an empty cell identifies nobody.
create or replace macro filled_cell(sent) as nullif(cell(sent), '');

-- Whether what stands where an identifier should says that there is none (X3): zeros and dashes, a word for nothing, or
-- the hash of nothing (MD5, SHA-1, SHA-256, SHA-512). Most identifiers are told apart by their first character.
create or replace macro is_placeholder(sent) as
case
    when sent >= '1' and sent < 'A' then false
    when sent < '1' and translate(sent, '0-. ', '') = '' then true
    when length(sent) in (32, 40, 64, 128) then lower(sent) in (
        'd41d8cd98f00b204e9800998ecf8427e',
        'da39a3ee5e6b4b0d3255bfef95601890afd80709',
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce'
        || '47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'
    )
    when length(sent) < 14 then lower(sent) in (
        'null', '(null)', 'nil', 'none', 'n/a', 'na', '#n/a', 'nan', 'unknown', 'anonymous', 'undefined', '-1', '\n'
    )
    else false
end;

-- Whether all of a text matches a regular expression. Write [0-9], not backslashes: engines differ in them.
create or replace macro matches(sent, pattern) as regexp_matches(sent, '^(' || pattern || ')$');

-- The normal form of an e-mail address.
create or replace macro email_normal_form(sent) as lower(filled_cell(sent));

-- Whether a normal form has the shape of an e-mail address: one @, something before it, a dot inside what follows, no
-- white space. Half the time of a regular expression, on a column that every row has.
create or replace macro is_email(normal_form) as (
    normal_form like '_%@_%._%'
    and normal_form not like '%@%@%'
    and not contains(normal_form, ' ')
    and not contains(normal_form, chr(9))
    and not contains(normal_form, chr(10))
    and not contains(normal_form, chr(13))
    and not contains(normal_form, chr(160))
);

-- The normal form of an e-mail address, null if the text is none.
create or replace macro valid_email(sent) as
case when is_email(email_normal_form(sent)) then email_normal_form(sent) end;

-- The four shapes of A4, judged by shape alone.
create or replace macro is_phone(sent) as matches(sent, '1?([0-9]{10}|[0-9]{3}-[0-9]{3}-[0-9]{4})');

-- The one normal form of the shapes of A4: +1 and ten digits.
create or replace macro phone_normal_form(sent) as '+1' || right(replace(sent, '-', ''), 10);

-- A phone of any country: + and 7 to 15 digits once separators are gone, or a shape of A4. Anything else is null.
create or replace macro international_phone_normal_form(sent) as
case
    when is_phone(sent) then phone_normal_form(sent)
    when matches(sent, '[+][0-9 .()-]+') and length(translate(sent, '+ .()-', '')) between 7 and 15
        then '+' || translate(sent, '+ .()-', '')
end;

-- Whether a text is JSON. DuckDB's parser takes a comma before a closing bracket, NaN and Infinity as well: where there
-- could be one, what is outside of the strings is looked at.
create or replace macro is_json(sent) as
case
    when not json_valid(sent) then false
    when regexp_matches(sent, '(?i),\s*[\]}]|nan|inf')
        then not regexp_matches(
            regexp_replace(sent, '"(\\.|[^"\\])*"', '""', 'g'), '(?i),\s*[\]}]|nan|inf'
        )
    else true
end;
