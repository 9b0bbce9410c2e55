-- One row per contact that a list of this run makes enter or leave a segment. Who is in all lists and was a member
-- before is told by counting, and is nearly everybody; only of the others is each list looked at.
with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
),

lists as (
    select lists.*
    from {{ ref('int_lists__judged') }} as lists
    inner join {{ ref('int_deliveries__judged') }} as deliveries on lists.log_id = deliveries.log_id
    where deliveries.verdict = 'applied' and not lists.is_superseded
),

spells_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
),

last_files as (
    select
        log_id,
        max(file_id) as file_id
    from {{ ref('int_delivery_files') }}
    group by log_id
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

list_counts as (
    select
        segment_id,
        count(*) as list_count
    from lists
    group by segment_id
),

presence as (
    select
        segment_id,
        contact_id,
        sum(is_member) as is_member,
        sum(is_listed) as listed_count
    from (
        select
            spells_before.segment_id,
            spells_before.contact_id,
            1 as is_member,
            0 as is_listed
        from spells_before
        where spells_before.segment_id in (select list_counts.segment_id from list_counts)
        union all
        select
            segment_id,
            contact_id,
            0 as is_member,
            1 as is_listed
        from listed
    ) as seen
    group by segment_id, contact_id
),

moving as (
    select
        presence.segment_id,
        presence.contact_id,
        presence.is_member = 1 as was_member
    from presence
    inner join list_counts on presence.segment_id = list_counts.segment_id
    where not (presence.is_member = 1 and presence.listed_count = list_counts.list_count)
),

moments as (
    select
        moving.segment_id,
        moving.contact_id,
        lists.tenant_id,
        lists.log_id,
        lists.sent_at,
        listed.row_id,
        listed.row_id is not null as is_listed,
        lag(listed.row_id is not null, 1, moving.was_member) over (
            partition by moving.segment_id, moving.contact_id order by lists.log_id
        ) as was_listed
    from moving
    inner join lists on moving.segment_id = lists.segment_id
    left join listed
        on
            moving.segment_id = listed.segment_id
            and moving.contact_id = listed.contact_id
            and lists.log_id = listed.log_id
),

final as (
    select
        moments.segment_id,
        moments.contact_id,
        moments.tenant_id,
        moments.log_id,
        moments.sent_at,
        case when moments.is_listed then 'entered' else 'removed' end as event,
        case when moments.is_listed then {{ file_of_row('moments.row_id') }} else last_files.file_id end as file_id,
        case when moments.is_listed then {{ line_of_row('moments.row_id') }} end as line_number
    from moments
    inner join last_files on moments.log_id = last_files.log_id
    where moments.is_listed <> moments.was_listed
)

select * from final
