-- What a cell says as a value of its property's type, in the dialect of its feed (B4, X10; docs/semantics.md, 3). Null
-- where a filled cell says none. Formats have to be constants: macros/properties/reading.sql puts them in.

-- Whether a text is a number that can be summed: up to 18 digits, and up to 9 behind the point.
create or replace macro is_number(sent) as matches(sent, '[+-]?[0-9]{1,18}([.][0-9]{1,9})?');

-- A number without the marks (_) between its groups of three digits; null if it is none. No group stands behind a 0.
create or replace macro plain_number(marked) as
case
    when is_number(marked) then marked
    when matches(marked, '[+-]?[1-9][0-9]{0,2}(_[0-9]{3}){1,5}([.][0-9]{1,9})?') then replace(marked, '_', '')
end;

-- A number as partners write it, with a decimal point. A point that separates neither decimals nor thousands makes it
-- none, and so do marks that are not between groups of three.
create or replace macro read_number(sent, decimal_separator, thousands_separator) as
case
    when decimal_separator = '.' and is_number(sent) then sent
    else plain_number(translate(
        sent,
        '_' || decimal_separator || coalesce(thousands_separator, '') || '.',
        if(thousands_separator is null, '?.?', '?._?')
    ))
end;

-- Whether a text is a real date, written YYYY-MM-DD, of the years from 1 on.
create or replace macro is_date(sent) as (
    matches(sent, '[0-9]{4}-[0-9]{2}-[0-9]{2}') and sent >= '0001' and try_cast(sent as date) is not null
);

-- Whether a text is a time of the day, H:MM or HH:MM with seconds or without. One with an offset from UTC is none: on
-- which day it would be another time, nobody says.
create or replace macro is_time(sent) as (
    matches(sent, '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?')
    and not starts_with(sent, '24')
    and try_cast(sent as time) is not null
);

-- Whether a text is a moment with its offset from UTC, in the plain form of ISO 8601: in UTC it lies in the years 1 to
-- 9999, and no place is more than 14 hours from UTC.
create or replace macro is_moment(sent) as (
    matches(
        sent,
        '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
        || '(Z|[+-](0[0-9]:?[0-5][0-9]|1[0-3]:?[0-5][0-9]|14:?00))'
    )
    and sent >= '0001'
    and coalesce(
        try_cast(sent as timestamptz) between '0001-01-01 00:00:00+00' and '9999-12-31 23:59:59.999999+00', false
    )
);

-- A text if it is a moment as RFC 3339, ISO 8601 and databases write it: no minutes or seconds, a decimal comma, an
-- offset of hours, a small t or z, a space before the offset; else ''.
create or replace macro moment_as_sent(sent) as
regexp_extract(
    sent,
    '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)?'
    || ' ?(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$'
);

-- Its plain form: T before the hour and no other space, minutes, minutes of the offset, large letters, a decimal point.
create or replace macro plain_moment(moment) as
upper(replace(
    regexp_replace(
        regexp_replace(
            replace(regexp_replace(moment, '^(.{10}).', '\1T'), ' ', ''), '^(.{13})([Zz+-])', '\1:00\2'
        ),
        '([+-]..)$',
        '\1:00'
    ),
    ',',
    '.'
));

-- A moment in the plain form of ISO 8601: as sent if it is written so. Null if it is none.
create or replace macro iso_moment(sent) as
case
    when sent = '' or is_moment(sent) then sent
    when is_moment(plain_moment(moment_as_sent(sent))) then plain_moment(moment_as_sent(sent))
end;

-- A moment by its text, in UTC; null where there is none.
create or replace macro utc_of_moment(sent) as cast(try_cast(sent as timestamptz) at time zone 'UTC' as timestamp);

-- A moment as text, in UTC, if it lies in the years 1 to 9999.
create or replace macro moment_text(moment) as
case
    when moment between timestamptz '0001-01-01 00:00:00+00' and timestamptz '9999-12-31 23:59:59.999999+00'
        then regexp_replace(strftime(moment at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%f'), '[.]?0{6}$', '') || 'Z'
end;

-- A day whose year comes first, YYYY/MM/DD, YYYY.MM.DD or YYYYMMDD, as YYYY-MM-DD; anything else as it is.
create or replace macro year_first(sent) as
regexp_replace(
    sent, '^([0-9]{4})(?:/([0-9]{2})/|[.]([0-9]{2})[.]|([0-9]{2}))([0-9]{2})$', '\1-\2\3\4-\5'
);

-- A real date as YYYY-MM-DD, out of cells of `date_format: iso`, in which it is written so.
create or replace macro iso_date(sent) as case when sent = '' or is_date(sent) then sent end;

-- `automatic`: what can mean one day alone, as the year comes first, and the day of a moment.
create or replace macro automatic_date(sent) as
case
    when sent = '' or is_date(sent) then sent
    when is_date(year_first(sent)) then year_first(sent)
    when iso_moment(sent) is not null then left(sent, 10)
end;

-- Any other format, in strptime's letters. 01.02.26 is no day of the year 26, and there is no year 0.
create or replace macro date_by_format(sent, date_format) as
case
    when sent = '' then ''
    when try_strptime(sent, date_format) < timestamp '0001-01-01' then null
    when lower(strftime(try_strptime(sent, date_format), date_format)) = lower(sent)
        then strftime(try_strptime(sent, date_format), '%Y-%m-%d')
end;

-- A moment on the clock of its place, as a format in strptime's letters writes it. What can be written in several ways
-- has marks instead: its offset (%z) ASCII 1, the digits of its fraction (%f) ASCII 2. There is no year 0.
create or replace macro written_moment(local_time, timestamp_format) as
case
    when local_time >= timestamp '0001-01-01'
        then strftime(local_time, replace(replace(timestamp_format, '%z', chr(1)), '%f', chr(2)))
end;

-- Whether a text is what was written, with one to six digits where the mark of the fraction stands. 02.11.26 is no day
-- of the year 26.
create or replace macro is_written_as(sent, written) as
case
    when not contains(written, chr(2)) then lower(sent) = lower(written)
    else
        starts_with(lower(sent), lower(split_part(written, chr(2), 1)))
        and ends_with(lower(sent), lower(split_part(written, chr(2), 2)))
        and matches(
            sent[len(split_part(written, chr(2), 1)) + 1:len(sent) - len(split_part(written, chr(2), 2))], '[0-9]{1,6}'
        )
end;

-- What may be an offset from UTC in a text: at most 14 hours, with minutes or without.
create or replace macro offsets_in(sent) as
regexp_extract_all(sent, '[+-](?:0[0-9](?::?[0-5][0-9])?|1[0-3](?::?[0-5][0-9])?|14(?::?00)?)');

-- Such an offset in minutes.
create or replace macro offset_minutes(utc_offset) as
if(utc_offset[1] = '-', -1, 1)
* (60 * cast(utc_offset[2:3] as integer) + cast('0' || replace(utc_offset[4:], ':', '') as integer));

-- A moment by a text and its format with %z, if one of the offsets in the text makes the same text of it again.
create or replace macro moment_with_offset(sent, timestamp_format) as
case
    when len(list_filter(
        offsets_in(sent),
        lambda utc_offset: is_written_as(
            sent,
            replace(
                written_moment(
                    timezone('UTC', cast(try_strptime(sent, timestamp_format) as timestamptz))
                    + to_minutes(offset_minutes(utc_offset)),
                    timestamp_format
                ),
                chr(1),
                utc_offset
            )
        )
    )) > 0
        then cast(try_strptime(sent, timestamp_format) as timestamptz)
end;

-- A real moment in ISO 8601 with its offset, from cells written in a format in strptime's letters, exactly so; one
-- without an offset (%z) is of the feed's timezone.
create or replace macro moment_by_format(sent, timestamp_format, zone) as
case
    when sent = '' then ''
    when contains(timestamp_format, '%z') then moment_text(moment_with_offset(sent, timestamp_format))
    when is_written_as(sent, written_moment(cast(try_strptime(sent, timestamp_format) as timestamp), timestamp_format))
        then moment_text(timezone(zone, cast(try_strptime(sent, timestamp_format) as timestamp)))
end;

-- The code of the first cell that is dropped because it is invalid; a placeholder is none, it only says nothing.
create or replace macro first_invalid(dropped_cells) as
list_filter(dropped_cells, lambda each_cell: each_cell.code <> 'placeholder')[1].code;
