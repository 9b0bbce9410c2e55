-- One row per contact that a list of this run makes enter or leave a segment, without the touched memberships. Who is
-- in all lists and was a member before is told by counting, and is nearly everybody; only of the others is each list
-- looked at.
with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
),

ordered_lists as (
    select * from {{ ref('int_lists__ordered') }}
),

touched as (
    select * from {{ ref('int_memberships__touched') }}
),

listed as (
    select
        log_id,
        segment_id,
        contact_id,
        row_id
    from outcomes
    where is_effective and segment_id is not null and outcome = 'accepted'
),

of_lists as (
    select
        listed.*,
        ordered_lists.replaces,
        ordered_lists.replacing_count
    from listed
    inner join ordered_lists on listed.log_id = ordered_lists.log_id and listed.segment_id = ordered_lists.segment_id
),

-- Whether who is in one of the run's replacing lists is in all of them. A contact is in a list once: one list needs no
-- counting.
counted as (
    select
        segment_id,
        contact_id,
        true as is_in_all
    from of_lists
    where replaces and replacing_count = 1
    union all
    select
        segment_id,
        contact_id,
        count(*) = any_value(replacing_count) as is_in_all
    from of_lists
    where replaces and replacing_count > 1
    group by segment_id, contact_id
),

members_of_replaced as (
    select
        segment_id,
        contact_id
    from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where
        segment_id in (
            select ordered_lists.segment_id from ordered_lists
            where ordered_lists.replaces
        )
),

members_of_added as (
    select
        segment_id,
        contact_id
    from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where
        segment_id in (
            select ordered_lists.segment_id from ordered_lists
            where not ordered_lists.replaces
        )
),

-- All others: who was no member, or is not in all replacing lists; and who is added without having been a member (O2).
seen as (
    select
        coalesce(counted.segment_id, members.segment_id) as segment_id,
        coalesce(counted.contact_id, members.contact_id) as contact_id,
        members.contact_id is not null as was_member
    from counted
    full join members_of_replaced as members
        on counted.segment_id = members.segment_id and counted.contact_id = members.contact_id
    where members.contact_id is null or not coalesce(counted.is_in_all, false)
    union all
    select distinct
        of_lists.segment_id,
        of_lists.contact_id,
        false as was_member
    from of_lists
    anti join members_of_added as members
        on of_lists.segment_id = members.segment_id and of_lists.contact_id = members.contact_id
    anti join counted on of_lists.segment_id = counted.segment_id and of_lists.contact_id = counted.contact_id
    where not of_lists.replaces
),

-- Of those who moved: each list, and whether they are in it.
moments as (
    select
        seen.segment_id,
        seen.contact_id,
        seen.was_member,
        ordered_lists.tenant_id,
        ordered_lists.log_id,
        ordered_lists.sent_at,
        ordered_lists.replaces,
        ordered_lists.list_count,
        ordered_lists.last_file_id,
        of_lists.row_id,
        of_lists.row_id is not null as is_listed
    from seen
    anti join touched on seen.segment_id = touched.segment_id and seen.contact_id = touched.contact_id
    inner join ordered_lists on seen.segment_id = ordered_lists.segment_id
    left join of_lists
        on
            seen.segment_id = of_lists.segment_id
            and seen.contact_id = of_lists.contact_id
            and ordered_lists.log_id = of_lists.log_id
),

-- A replacing list begins a new stretch, within which additions only add.
stretches as (
    select
        *,
        count(*) filter (where replaces) over (
            partition by segment_id, contact_id order by log_id rows between unbounded preceding and current row
        ) as stretch
    from moments
    where list_count > 1
),

standings as (
    select
        * exclude (stretch),
        bool_or(is_listed or (stretch = 0 and was_member)) over (
            partition by segment_id, contact_id, stretch
            order by log_id rows between unbounded preceding and current row
        ) as is_member
    from stretches
),

moves as (
    select
        *,
        is_listed or (was_member and not replaces) as is_member,
        was_member as was_member_before
    from moments
    where list_count = 1
    union all
    select
        *,
        lag(is_member, 1, was_member) over (
            partition by segment_id, contact_id order by log_id
        ) as was_member_before
    from standings
),

final as (
    select
        segment_id,
        contact_id,
        tenant_id,
        log_id,
        sent_at,
        case when is_member then 'entered' else 'removed' end as event,
        case when is_member then {{ file_of_row('row_id') }} else last_file_id end as file_id,
        case when is_member then {{ line_of_row('row_id') }} end as line_number
    from moves
    where is_member <> was_member_before
)

select * from final
