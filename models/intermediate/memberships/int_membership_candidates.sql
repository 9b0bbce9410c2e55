-- One row per membership to which this run may do something, and whether a command does. Left out is nearly everybody:
-- who was a member, is in every list that replaces the segment, and has neither an expiry nor a command.
{{ config(materialized='view') }}

with

lists as (
    select
        *,
        count(*) filter (where replaces) over (partition by segment_id) as replacing_count
    from {{ this_run('segment_lists') }}
    where not is_superseded
),

-- Read anew by each of its uses, as the state is below: what two parts of a query share would be copied whole.
listed as not materialized (
    select
        outcomes.segment_id,
        outcomes.contact_id,
        lists.replaces,
        lists.replacing_count
    from {{ ref('int_rows__outcome') }} as outcomes
    inner join lists on outcomes.log_id = lists.log_id and outcomes.segment_id = lists.segment_id
    where outcomes.outcome = 'accepted' and outcomes.contact_id is not null
),

-- Whether who is in one of the run's replacing lists is in all of them. A contact is in a list once: one list needs no
-- counting.
in_lists as (
    select
        segment_id,
        contact_id,
        true as is_in_all
    from listed
    where replaces and replacing_count = 1
    union all
    select
        segment_id,
        contact_id,
        count(*) = any_value(replacing_count) as is_in_all
    from listed
    where replaces and replacing_count > 1
    group by segment_id, contact_id
),

members as (
    select
        segment_id,
        contact_id
    from {{ state_before('membership_spells') }}
    where segment_id in (select lists.segment_id from lists where lists.replaces)
),

moved as (
    select
        coalesce(in_lists.segment_id, members.segment_id) as segment_id,
        coalesce(in_lists.contact_id, members.contact_id) as contact_id
    from in_lists
    full join members on in_lists.segment_id = members.segment_id and in_lists.contact_id = members.contact_id
    where members.contact_id is null or not coalesce(in_lists.is_in_all, false)
),

added as (
    select distinct
        segment_id,
        contact_id
    from listed
    where not replaces
),

members_of_added as (
    select
        segment_id,
        contact_id
    from {{ state_before('membership_spells') }}
    where contact_id in (select added.contact_id from added)
),

-- A list says nothing to those about whom a later command was given, and finds those whose time is over; an addition,
-- only of those that it lists.
commanded_before as (
    select
        commands.segment_id,
        commands.contact_id
    from {{ state_before('membership_commands') }} as commands
    inner join lists on commands.segment_id = lists.segment_id
    left join added on commands.segment_id = added.segment_id and commands.contact_id = added.contact_id
    where
        (lists.replaces or added.contact_id is not null)
        and (commands.commanded_at > lists.sent_at or (commands.is_member and commands.expires_at is not null))
),

others as (
    select
        segment_id,
        contact_id,
        bool_or(is_commanded) as is_commanded
    from (
        select segment_id, contact_id, true as is_commanded from {{ ref('int_commands') }}
        union all
        select *, false as is_commanded from commanded_before
        union all
        select added.*, false as is_commanded from added
        anti join members_of_added as members
            on added.segment_id = members.segment_id and added.contact_id = members.contact_id
    ) as reasons
    group by segment_id, contact_id
),

final as (
    select
        coalesce(moved.segment_id, others.segment_id) as segment_id,
        coalesce(moved.contact_id, others.contact_id) as contact_id,
        coalesce(others.is_commanded, false) as is_commanded
    from moved
    full join others on moved.segment_id = others.segment_id and moved.contact_id = others.contact_id
)

select * from final
