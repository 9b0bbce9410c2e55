-- One row per membership to which this run may do something, and whether a command does. Left out is nearly everybody:
-- who was a member, is in every list that replaces the segment, and has neither an expiry nor a command.
{{ config(materialized='view') }}

with

lists as (
    select
        *,
        count(case when replaces then 1 end) over (partition by segment_id) as replacing_count
    from {{ this_run('segment_lists') }}
    where not is_superseded
),

-- Read anew by each of its uses: what two parts of a query share would be copied whole.
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

commanded as (
    select distinct
        outcomes.segment_id,
        outcomes.contact_id
    from {{ ref('int_rows__outcome') }} as outcomes
    inner join {{ ref('deliveries') }} as deliveries on outcomes.log_id = deliveries.log_id
    inner join {{ ref('stg_muster__feeds') }} as feeds on deliveries.feed = feeds.feed
    where feeds.applies = 'commands' and outcomes.outcome = 'accepted' and outcomes.contact_id is not null
),

-- Whether they are in all of the run's replacing lists. A contact is in a list once: one list needs no counting.
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
    select * from {{ state_before('membership_spells') }}
    where
        segment_id in (
            select lists.segment_id from lists
            where lists.replaces
        )
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

newly_added as (
    select added.* from added
    anti join {{ state_before('membership_spells') }} as members
        on added.segment_id = members.segment_id and added.contact_id = members.contact_id
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

found as (
    select * from newly_added
    union
    select * from commanded_before
),

final as (
    select
        coalesce(moved.segment_id, found.segment_id, commanded.segment_id) as segment_id,
        coalesce(moved.contact_id, found.contact_id, commanded.contact_id) as contact_id,
        commanded.contact_id is not null as is_commanded
    from moved
    full join found on moved.segment_id = found.segment_id and moved.contact_id = found.contact_id
    full join commanded
        on
            coalesce(moved.segment_id, found.segment_id) = commanded.segment_id
            and coalesce(moved.contact_id, found.contact_id) = commanded.contact_id
)

select * from final
