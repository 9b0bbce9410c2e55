-- What a membership is after an event (docs/semantics.md, 6 and 8; M2, M7, M8, O2). `s`: how it stands, `e`: the event.

-- Whether the last command was about the stay that there is now; only then do its expiry and data bag hold.
create or replace macro is_about_stay(command, stay) as coalesce(
    command.entry_log_id = stay.entry_log_id
    and command.entry_line_number is not distinct from stay.entry_line_number,
    false
);

-- An event earlier than the latest one about this membership changes nothing.
create or replace macro is_stale(s, e) as coalesce(e.sent_at < s.last_sent_at, false);

-- Why its stay ends, or is found to have ended, with the event; null if it does not.
create or replace macro ending(s, e) as
case
    when is_stale(s, e) or not s.is_member then null
    when s.expires_at <= e.sent_at then 'expired'
    when e.kind = 'delete' then 'deleted'
    when e.kind = 'absent' and (not e.removes_only_own or e.feed = s.entry_feed) then 'removed'
end;

-- Whether a stay begins with it.
create or replace macro begins(s, e) as (
    not is_stale(s, e)
    and e.kind in ('update', 'listed', 'added')
    and (not s.is_member or coalesce(ending(s, e) = 'expired', false))
);

-- Whether the stay that there was goes on.
create or replace macro goes_on(s, e) as (s.is_member and ending(s, e) is null);

-- An expiry that is not after the file's time counts as that time (M6).
create or replace macro expiry_of(e) as case when e.expires_at is not null then greatest(e.expires_at, e.sent_at) end;

-- A second UPDATE resets the expiry, or keeps the later one, where never beats all (M7).
create or replace macro expiry_after(s, e) as
case
    when begins(s, e) then case when e.kind = 'update' then expiry_of(e) end
    when not goes_on(s, e) then null
    when e.kind <> 'update' or is_stale(s, e) then s.expires_at
    when e.on_reimport = 'reset' then expiry_of(e)
    when s.expires_at is not null and e.expires_at is not null then greatest(s.expires_at, expiry_of(e))
end;

create or replace macro data_bag_after(s, e) as
case
    when begins(s, e) then case when e.kind = 'update' then e.data_bag end
    when not goes_on(s, e) then null
    when e.kind <> 'update' or is_stale(s, e) then s.data_bag
    else coalesce(e.data_bag, s.data_bag)
end;

-- How it stands then: of its stay, where and when it began, and its terms. An addition to somebody who is in says
-- nothing, so it is not the latest event.
create or replace macro membership_after(s, e) as struct_pack(
    is_member := begins(s, e) or goes_on(s, e),
    entered_at := case when begins(s, e) then e.sent_at when goes_on(s, e) then s.entered_at end,
    entry_log_id := case when begins(s, e) then e.log_id when goes_on(s, e) then s.entry_log_id end,
    entry_file_id := case when begins(s, e) then e.file_id when goes_on(s, e) then s.entry_file_id end,
    entry_line_number := case
        when begins(s, e) then line_of_row(e.row_id) when goes_on(s, e) then s.entry_line_number
    end,
    entry_feed := case when begins(s, e) then e.feed when goes_on(s, e) then s.entry_feed end,
    expires_at := expiry_after(s, e),
    data_bag := data_bag_after(s, e),
    last_sent_at := if(is_stale(s, e) or (e.kind = 'added' and not begins(s, e)), s.last_sent_at, e.sent_at)
);
