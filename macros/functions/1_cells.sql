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

-- Whether a text is a real date, written YYYY-MM-DD.
create or replace macro is_date(sent) as (
    matches(sent, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and try_cast(sent as date) is not null
);

-- Whether a text is a real moment in ISO 8601, with its offset from UTC.
create or replace macro is_timestamp_with_offset(sent) as (
    matches(
        sent,
        '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})'
    )
    and try_cast(sent as timestamptz) is not null
);

-- The moment, in UTC, that such a text says.
create or replace macro utc_of_timestamp_with_offset(sent) as
cast(try_cast(sent as timestamptz) at time zone 'UTC' as timestamp);

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
