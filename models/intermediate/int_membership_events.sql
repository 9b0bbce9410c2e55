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

spells_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
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

-- Whether who is in one of the run's lists is in all of them. A contact is in a list once: one list needs no counting.
counted as (
    select
        listed.segment_id,
        listed.contact_id,
        true as is_in_all
    from listed
    inner join ordered_lists on listed.log_id = ordered_lists.log_id and listed.segment_id = ordered_lists.segment_id
    where ordered_lists.list_count = 1
    union all
    select
        listed.segment_id,
        listed.contact_id,
        count(*) = any_value(ordered_lists.list_count) as is_in_all
    from listed
    inner join ordered_lists on listed.log_id = ordered_lists.log_id and listed.segment_id = ordered_lists.segment_id
    where ordered_lists.list_count > 1
    group by listed.segment_id, listed.contact_id
),

members as (
    select
        segment_id,
        contact_id
    from spells_before
    where segment_id in (select ordered_lists.segment_id from ordered_lists)
),

-- All others: who was no member, or is not in all lists.
seen as (
    select
        coalesce(counted.segment_id, members.segment_id) as segment_id,
        coalesce(counted.contact_id, members.contact_id) as contact_id,
        members.contact_id is not null as was_member
    from counted
    full join members on counted.segment_id = members.segment_id and counted.contact_id = members.contact_id
    where members.contact_id is null or not coalesce(counted.is_in_all, false)
),

previously as (
    select listed.*
    from listed
    where listed.log_id in (select ordered_lists.previous_log_id from ordered_lists)
),

-- Of those who moved: each list, and whether they are in it and were in the one before.
moments as (
    select
        seen.segment_id,
        seen.contact_id,
        ordered_lists.tenant_id,
        ordered_lists.log_id,
        ordered_lists.sent_at,
        ordered_lists.last_file_id,
        listed.row_id,
        listed.row_id is not null as is_listed,
        case
            when ordered_lists.previous_log_id is null then seen.was_member
            else previously.row_id is not null
        end as was_listed
    from seen
    anti join touched on seen.segment_id = touched.segment_id and seen.contact_id = touched.contact_id
    inner join ordered_lists on seen.segment_id = ordered_lists.segment_id
    left join listed
        on
            seen.segment_id = listed.segment_id
            and seen.contact_id = listed.contact_id
            and ordered_lists.log_id = listed.log_id
    left join previously
        on
            seen.segment_id = previously.segment_id
            and seen.contact_id = previously.contact_id
            and ordered_lists.previous_log_id = previously.log_id
),

final as (
    select
        moments.segment_id,
        moments.contact_id,
        moments.tenant_id,
        moments.log_id,
        moments.sent_at,
        case when moments.is_listed then 'entered' else 'removed' end as event,
        case when moments.is_listed then {{ file_of_row('moments.row_id') }} else moments.last_file_id end as file_id,
        case when moments.is_listed then {{ line_of_row('moments.row_id') }} end as line_number
    from moments
    where moments.is_listed <> moments.was_listed
)

select * from final
