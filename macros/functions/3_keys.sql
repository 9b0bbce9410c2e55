-- How things are numbered and when they happen.

-- A text as a part of a key of several: its length says where it ends, so no two lists of texts make one key.
create or replace macro key_part(sent) as length(sent) || ':' || sent;

-- The key of an entity that is named by two texts: a hash of both, 128 bits.
create or replace macro hash_key(one, two) as
cast(md5(coalesce(key_part(one), '-') || coalesce(key_part(two), '-')) as uuid);

-- An account within its compartment (M3): both, with a colon between them. Colons within the compartment are written as
-- in a URL, so that no two pairs make one text.
create or replace macro scoped_account(compartment, account) as
replace(replace(coalesce(compartment, ''), '%', '%25'), ':', '%3A') || ':' || account;

-- The number of a line of a file. A contact is named by the line that created it, whatever else is in the log.
create or replace macro row_id(file_id, line_number) as file_id * 4294967296 + line_number;

create or replace macro file_of_row(row_id) as row_id // 4294967296;

create or replace macro line_of_row(row_id) as row_id % 4294967296;

-- The place of a row in the order in which everything happens: first the log entry that applies it, then the row.
create or replace macro place_in_log(log_id, row_id) as cast(log_id as hugeint) * 18446744073709551616 + row_id;

-- The one place where a query reads the clock: naive UTC. Tests set it: `set variable muster_now = timestamp '...'`.
create or replace macro utc_now() as
coalesce(cast(getvariable('muster_now') as timestamp), cast(current_timestamp at time zone 'UTC' as timestamp));

-- Whether a text, if there is one, is a number of minutes (M5).
create or replace macro is_minutes(sent) as (sent is null or matches(sent, '[0-9]{1,9}'));

-- Whether a text, if there is one, is a time in seconds or milliseconds since 1970, before the year 10000 (M6).
create or replace macro is_epoch(sent) as (
    sent is null or (
        matches(without_zero_fraction(sent), '[0-9]{1,15}')
        and try_cast(without_zero_fraction(sent) as bigint) <= 253402300799999
    )
);

-- The moment that is so many seconds since 1970; from 10^11 on they are milliseconds; 0 is none.
create or replace macro moment_of_epoch(number) as
make_timestamp(nullif(number, 0) * if(number >= 100000000000, 1000, 1000000));

-- When a membership expires: at the time given, if any, or so many minutes after the file's; 0: never (M5, M6). What is
-- neither, is none: it is asked of every row, also of those that a code rejects.
create or replace macro expiry(sent_at, minutes, epoch) as
case
    when is_epoch(epoch) and epoch is not null then moment_of_epoch(try_cast(without_zero_fraction(epoch) as bigint))
    when is_minutes(minutes) and epoch is null
        then sent_at + interval '1' minute * nullif(try_cast(minutes as bigint), 0)
end;

-- A landing row for people to read: a JSON object of its cells as sent, without columns that the file lacks.
create or replace macro row_as_sent(landed) as
cast(json_merge_patch(
    json_merge_patch('{}', to_json(landed)), '{"_file_id": null, "_line_number": null}'
) as varchar);

-- The segment of a row: that of its file, or the one that it names.
create or replace macro segment_of_row(segment_of_file, tenant_id, segment_name) as
coalesce(segment_of_file, if(segment_name is not null, hash_key(tenant_id, segment_name), null));

-- The last entry of the log that a build may look at: none is too late, but where a file is looked for on which the
-- models fail (loaders/building/set_aside.py). A constant, so that the engine reads no row behind it.
create or replace macro last_entry() as 9223372036854775807;
