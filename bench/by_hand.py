"""The day-2 build as one would write it for this one list: `python -m bench.by_hand DATABASE`.

It knows what Muster has to find out: one shop, one segment, one identifier, no bad rows, no duplicates, files in order.
"""

from __future__ import annotations

import sys

import duckdb

_PROPERTIES = ("first_name", "last_name", "gender", "birthdate", "opt_in_status")
_NAMES = ", ".join(_PROPERTIES)
_CELLS = ", ".join(f"nullif(trim({name}), '') as {name}" for name in _PROPERTIES)
_MERGED = ", ".join(f"coalesce(sent.{name}, contacts.{name}) as {name}" for name in _PROPERTIES)
_IS_CHANGE = " or ".join(
    f"(sent.{name} is distinct from contacts.{name} and sent.{name} is not null)" for name in _PROPERTIES
)

# What the day before left: contacts, their history, who was when in the segment.
_DAY_1 = f"""
attach '{{landed}}' as landed (read_only);
create table lists as select _file_id, _line_number, email, {_NAMES} from landed.landing.remarkety__lists;
create table contacts as
    select _line_number as contact_id, lower(trim(email)) as email, {_CELLS} from lists where _file_id = 1;
create table contact_history as select 1 as file_id, contact_id as line_number, * exclude (email) from contacts;
create table memberships as
    select
        1 as segment_id, contact_id, 1 as entry_file_id, timestamp '2026-01-01 08:00:00' as entered_at,
        null::integer as exit_file_id, null::timestamp as exited_at
    from contacts;
create table import_jobs (file_id integer, added_count bigint, removed_count bigint, updated_count bigint);
"""

_DAY_2 = f"""
begin;
create temp table differences as
with sent as (
    select _line_number, lower(trim(email)) as email, {_CELLS} from lists where _file_id = 2
),
members as (
    select contact_id from memberships where segment_id = 1 and exited_at is null
),
contacts as (
    select contacts.*, members.contact_id is not null as is_member
    from contacts left join members on contacts.contact_id = members.contact_id
)
select
    coalesce(contacts.contact_id, 2 * 4294967296 + sent._line_number) as contact_id,
    coalesce(sent.email, contacts.email) as email, sent._line_number as line_number, {_MERGED},
    contacts.contact_id is null as is_new,
    sent.email is not null and contacts.contact_id is not null and ({_IS_CHANGE}) as is_changed,
    sent.email is not null and contacts.is_member is not true as enters,
    sent.email is null and contacts.is_member as leaves
from sent full join contacts on sent.email = contacts.email
where is_new or is_changed or enters or leaves;

delete from contacts where contact_id in (select contact_id from differences where is_changed);
insert into contacts select contact_id, email, {_NAMES} from differences where is_new or is_changed;
insert into contact_history select 2, line_number, contact_id, {_NAMES} from differences where is_new or is_changed;
update memberships set exit_file_id = 2, exited_at = timestamp '2026-01-02 08:00:00'
where segment_id = 1 and exited_at is null and contact_id in (select contact_id from differences where leaves);
insert into memberships
select 1, contact_id, 2, timestamp '2026-01-02 08:00:00', null, null from differences where enters;
insert into import_jobs
select 2, count(*) filter (enters), count(*) filter (leaves), count(*) filter (is_changed) from differences;
commit;
checkpoint;
"""


def prepare(database: str, landed: str) -> None:
    """Give the new `database` the state of day 1 and the rows of both days, from Muster's database `landed`."""
    with duckdb.connect(database) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(_DAY_1.format(landed=landed))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        prepare(*sys.argv[1:])
    else:
        with duckdb.connect(sys.argv[1]) as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute(_DAY_2)
