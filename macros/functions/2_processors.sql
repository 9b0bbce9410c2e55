-- Ready-made data processors (B11): what staging models do to cells before they become properties. An empty cell ('')
-- and a column that was not sent (null) stay what they are unless it says otherwise.

-- An address without white space beside its @ and its dots. Behind a domain that is whole (bob@x.org. Old) it may be
-- the end of the address, and stays.
create or replace macro without_space(address) as
case
    when regexp_matches(address, '@[\pZ\s]*[^@.\pZ\s]+[\pZ\s]*[.][\pZ\s]*[^@.\pZ\s]+([.][\pZ\s]|[\pZ\s]+[.])')
        then address
    else regexp_replace(address, '[\pZ\s]*([@.])[\pZ\s]*', '\1', 'g')
end;

-- An e-mail address out of what people paste (C14, C18): `mailto:`, angle brackets and such white space go. Its letters
-- stay: they are small in its normal form. A cell in which nothing is to be seen is ''.
create or replace macro cleansed_email(sent) as
case
    when is_plain_address(sent) then sent
    when sent is not null then coalesce(without_space(bare_address(sent)), '')
end;

-- One value for another, as the map `conversions` says; other filled cells stay as they are.
create or replace macro converted_value(sent, conversions) as
case when sent is not null then coalesce(conversions[sent], sent) end;

-- The same, but other filled cells become `otherwise`.
create or replace macro converted_value_or(sent, conversions, otherwise) as
case when sent is not null then coalesce(conversions[sent], if(sent = '', '', otherwise)) end;

-- The filled cells of a list in one, with a separator between them; null if no column was sent.
create or replace macro concatenated(cells, separator) as
case
    when len(list_filter(cells, lambda one: one is not null)) > 0
        then array_to_string(list_filter(cells, lambda one: one <> ''), separator)
end;

-- The "current date": the day of the file's own time, YYYY-MM-DD, for no row depends on when it is read.
create or replace macro current_date_of(sent_at) as cast(cast(sent_at as date) as varchar);

-- A name as people write it: single spaces, every part with a capital first.
create or replace macro normalised_name(sent) as
array_to_string(
    list_transform(
        regexp_extract_all(lower(trim(regexp_replace(sent, '[[:space:]]+', ' ', 'g'))), '[ ''-]|[^ ''-]+'),
        lambda part: upper(left(part, 1)) || substr(part, 2)
    ),
    ''
);

-- An empty cell for what only says that there is nothing: null, n/a, none, nan, -, \N and the like.
create or replace macro without_null_data(sent) as
case
    when lower(sent) in ('null', 'nil', 'none', 'n/a', 'na', 'nan', '#n/a', '-', '\n') then ''
    else sent
end;

-- Filter: whether a cell matches a regular expression as a whole; for the branches of `filter_code`.
create or replace macro regex_filter(sent, pattern) as coalesce(matches(sent, pattern), false);

-- Filter: whether a row comes after the first so many of its file; for the branches of `filter_code`.
create or replace macro beyond_first_rows(row_count, file_id, line_number) as (
    row_number() over (partition by file_id order by line_number) > row_count
);
