-- One row per touched membership and step: what the event does to it and what it is from then on. Step 0 is what it was
-- before this run. All memberships go side by side, each through its events one after the other (M2, M7, M8).
with recursive

events as (
    select * from {{ ref('int_memberships__events') }}
),

spells_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where contact_id in (select events.contact_id from events)
),

commands_before as (
    select * from {{ state_before('membership_commands', since='valid_from_log_id', until='valid_to_log_id') }}
    where contact_id in (select events.contact_id from events)
),

lists_before as (
    select
        segment_id,
        max(sent_at) filter (where replaces and not is_superseded) as sent_at
    from {{ state_before('segment_lists', since='log_id') }}
    group by segment_id
),

files as (
    select * from {{ ref('stg_muster__files') }}
),

stays_before as (
    select
        spells_before.*,
        files.feed as entry_feed
    from spells_before
    inner join files on spells_before.entry_file_id = files.file_id
),

folded as (
    select
        events.segment_id,
        events.contact_id,
        0 as step,
        0 as spell,
        stays_before.contact_id is not null as is_member,
        stays_before.entry_log_id,
        stays_before.entry_line_number,
        stays_before.entry_feed,
        case when commands_before.entry_log_id is not null then commands_before.expires_at end as expires_at,
        case when commands_before.entry_log_id is not null then commands_before.data_bag end as data_bag,
        greatest(commands_of_pair.commanded_at, lists_before.sent_at, stays_before.entered_at) as last_sent_at,
        cast(null as varchar) as ended,
        cast(null as timestamp) as ended_at,
        false as begins,
        false as is_stale
    from events
    left join stays_before
        on events.segment_id = stays_before.segment_id and events.contact_id = stays_before.contact_id
    left join commands_before as commands_of_pair
        on events.segment_id = commands_of_pair.segment_id and events.contact_id = commands_of_pair.contact_id
    left join commands_before
        on
            stays_before.segment_id = commands_before.segment_id
            and stays_before.contact_id = commands_before.contact_id
            and stays_before.entry_log_id = commands_before.entry_log_id
            and stays_before.entry_line_number is not distinct from commands_before.entry_line_number
    left join lists_before on events.segment_id = lists_before.segment_id
    where events.step = 1
    union all
    select
        segment_id,
        contact_id,
        step,
        spell + if(begins, 1, 0) as spell,
        begins or (is_member and ended is null) as is_member,
        case when begins then log_id when is_member and ended is null then entry_log_id end as entry_log_id,
        case
            when begins then line_number when is_member and ended is null then entry_line_number
        end as entry_line_number,
        case when begins then feed when is_member and ended is null then entry_feed end as entry_feed,
        case
            when not begins and (not is_member or ended is not null) then null
            when kind <> 'update' or is_stale then if(begins, null, expires_at)
            when begins or on_reimport = 'reset' then new_expires_at
            when expires_at is not null and new_expires_at is not null then greatest(expires_at, new_expires_at)
        end as expires_at,
        case
            when not begins and (not is_member or ended is not null) then null
            when kind <> 'update' or is_stale then if(begins, null, data_bag)
            when begins then new_data_bag
            else coalesce(new_data_bag, data_bag)
        end as data_bag,
        if(is_stale or (kind = 'added' and not begins), last_sent_at, sent_at) as last_sent_at,
        ended,
        case when ended = 'expired' then expires_at when ended is not null then sent_at end as ended_at,
        begins,
        is_stale
    from (
        select
            *,
            not is_stale
            and kind in ('update', 'listed', 'added')
            and (not is_member or coalesce(ended = 'expired', false)) as begins
        from (
            select
                folded.segment_id,
                folded.contact_id,
                folded.spell,
                folded.is_member,
                folded.entry_log_id,
                folded.entry_line_number,
                folded.entry_feed,
                folded.expires_at,
                folded.data_bag,
                folded.last_sent_at,
                events.step,
                events.kind,
                events.feed,
                events.log_id,
                events.sent_at,
                {{ line_of_row('events.row_id') }} as line_number,
                events.on_reimport,
                case
                    when events.expires_at is not null then greatest(events.expires_at, events.sent_at)
                end as new_expires_at,
                events.data_bag as new_data_bag,
                coalesce(events.sent_at < folded.last_sent_at, false) as is_stale,
                case
                    when coalesce(events.sent_at < folded.last_sent_at, false) or not folded.is_member then null
                    when folded.expires_at <= events.sent_at then 'expired'
                    when events.kind = 'delete' then 'deleted'
                    when events.kind = 'absent' and (not events.removes_only_own or events.feed = folded.entry_feed)
                        then 'removed'
                end as ended
            from folded
            inner join events
                on
                    folded.segment_id = events.segment_id
                    and folded.contact_id = events.contact_id
                    and folded.step + 1 = events.step
        ) as met
    ) as judged
),

final as (
    select
        folded.*,
        events.tenant_id,
        events.log_id,
        events.sent_at,
        events.kind,
        events.file_id,
        {{ line_of_row('events.row_id') }} as line_number
    from folded
    left join events
        on
            folded.segment_id = events.segment_id
            and folded.contact_id = events.contact_id
            and folded.step = events.step
)

select * from final
