-- One row per membership and event of this run: how it stood before and how it stands after it (M2, M7, M8). All
-- memberships go side by side, each through its events one after the other; nearly all have one.
{{ config(materialized='view') }}

with recursive

events as not materialized (
    select
        events.*,
        coalesce(lists.tenant_id, commands.tenant_id) as tenant_id,
        coalesce(lists.feed, commands.feed) as feed,
        coalesce(lists.sent_at, commands.sent_at) as sent_at,
        coalesce(lists.removes_only_own, false) as removes_only_own,
        coalesce(file_of_row(events.row_id), lists.last_file_id) as file_id,
        commands.on_reimport,
        commands.expires_at,
        commands.data_bag
    from {{ ref('int_membership_events') }} as events
    left join {{ this_run('segment_lists') }} as lists
        on events.log_id = lists.log_id and events.segment_id = lists.segment_id
    left join {{ ref('int_commands') }} as commands
        on events.log_id = commands.log_id and events.row_id = commands.row_id
),

stays_before as (
    select * from {{ state_before('membership_spells') }}
    where contact_id in (select events.contact_id from {{ ref('int_membership_events') }} as events)
),

commands_before as (
    select * from {{ state_before('membership_commands') }}
    where contact_id in (select events.contact_id from {{ ref('int_membership_events') }} as events)
),

lists_before as (
    select
        segment_id,
        max(sent_at) as sent_at
    from {{ state_before('segment_lists') }}
    where replaces and not is_superseded
    group by segment_id
),

-- The terms of a stay are those that the last command about it, and no earlier one, left.
first_events as not materialized (
    select
        events.*,
        struct_pack(
            is_member := stays_before.contact_id is not null,
            entered_at := stays_before.entered_at,
            entry_log_id := stays_before.entry_log_id,
            entry_file_id := stays_before.entry_file_id,
            entry_line_number := stays_before.entry_line_number,
            entry_feed := files.feed,
            expires_at := if(is_about_stay(commands_before, stays_before), commands_before.expires_at, null), -- noqa
            data_bag := if(is_about_stay(commands_before, stays_before), commands_before.data_bag, null), -- noqa
            last_sent_at := greatest(commands_before.commanded_at, lists_before.sent_at, stays_before.entered_at)
        ) as standing_before
    from events
    left join stays_before
        on events.segment_id = stays_before.segment_id and events.contact_id = stays_before.contact_id
    left join {{ ref('stg_muster__files') }} as files on stays_before.entry_file_id = files.file_id
    left join commands_before
        on events.segment_id = commands_before.segment_id and events.contact_id = commands_before.contact_id
    left join lists_before on events.segment_id = lists_before.segment_id
    where events.step = 1
),

in_turn as (
    select
        *,
        membership_after(standing_before, first_events) as standing
    from first_events
    where not is_only_event
    union all
    select
        events.*,
        in_turn.standing as standing_before,
        membership_after(in_turn.standing, events) as standing  -- noqa: RF02
    from in_turn
    inner join events
        on
            in_turn.segment_id = events.segment_id
            and in_turn.contact_id = events.contact_id
            and in_turn.step + 1 = events.step
    where not events.is_only_event
),

steps as (
    select
        *,
        membership_after(standing_before, first_events) as standing
    from first_events
    where is_only_event
    union all
    select * from in_turn
),

final as (
    select
        segment_id,
        contact_id,
        step,
        is_only_event,
        is_last_event,
        tenant_id,
        log_id,
        row_id,
        file_id,
        sent_at,
        kind,
        standing_before,
        standing,
        standing_before.is_member as was_member,
        is_stale(standing_before, steps) as is_stale,
        ending(standing_before, steps) as ended
    from steps
)

select * from final
