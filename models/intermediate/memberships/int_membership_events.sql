-- One row per membership and thing that this run may do to it, in order (step 1 is the first): a command, or a list of
-- its segment, in which it is `listed` or `absent`, or to which it is `added` (O2). What each says is looked up by
-- int_membership_steps.
with

lists as (
    select
        *,
        count(*) over (partition by segment_id) as list_count
    from {{ this_run('segment_lists') }}
    where not is_superseded
),

candidates as (
    select * from {{ ref('int_membership_candidates') }}
),

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome = 'accepted' and contact_id is not null
),

of_lists as (
    select
        candidates.segment_id,
        candidates.contact_id,
        lists.log_id,
        outcomes.row_id,
        case
            when not lists.replaces then 'added'
            when outcomes.row_id is null then 'absent'
            else 'listed'
        end as kind,
        lists.list_count > 1 or candidates.is_commanded as may_be_repeated
    from candidates
    inner join lists on candidates.segment_id = lists.segment_id
    left join outcomes
        on
            lists.log_id = outcomes.log_id
            and lists.segment_id = outcomes.segment_id
            and candidates.contact_id = outcomes.contact_id
    where lists.replaces or outcomes.row_id is not null
),

happened as (
    select * from of_lists
    union all
    select
        segment_id,
        contact_id,
        log_id,
        row_id,
        kind,
        true as may_be_repeated
    from {{ ref('int_commands') }}
),

repeated as (
    select
        segment_id,
        contact_id
    from happened
    where may_be_repeated
    group by segment_id, contact_id
    having count(*) > 1
),

-- Nearly every membership has one event: only the others are put in order.
final as (
    select
        happened.segment_id,
        happened.contact_id,
        happened.log_id,
        happened.row_id,
        happened.kind,
        true as is_only_event,
        1 as step,
        true as is_last_event
    from happened
    anti join repeated on happened.segment_id = repeated.segment_id and happened.contact_id = repeated.contact_id
    union all
    select
        happened.segment_id,
        happened.contact_id,
        happened.log_id,
        happened.row_id,
        happened.kind,
        false as is_only_event,
        cast(row_number() over in_order as integer) as step,
        lead(happened.log_id) over in_order is null as is_last_event
    from happened
    inner join repeated on happened.segment_id = repeated.segment_id and happened.contact_id = repeated.contact_id
    window in_order as (
        partition by happened.segment_id, happened.contact_id order by happened.log_id, happened.row_id
    )
)

select * from final
