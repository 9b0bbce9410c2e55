-- One row per touched membership and thing that happens to it in this run, in order: step 1 is the first.
with

touched as (
    select * from {{ ref('int_memberships__touched') }}
),

commands as (
    select * from {{ ref('int_commands') }}
),

lists as (
    select * from {{ ref('int_lists__ordered') }}
),

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where is_effective and segment_id is not null and outcome = 'accepted'
),

listed as (
    select
        outcomes.log_id,
        outcomes.segment_id,
        outcomes.contact_id,
        outcomes.row_id
    from outcomes
    inner join touched on outcomes.segment_id = touched.segment_id and outcomes.contact_id = touched.contact_id
),

happened as (
    select
        segment_id,
        contact_id,
        tenant_id,
        feed,
        log_id,
        row_id,
        sent_at,
        false as removes_only_own,
        case operation when 'UPDATE' then 'update' else 'delete' end as kind,
        {{ file_of_row('row_id') }} as file_id,
        on_reimport,
        expires_at,
        data_bag
    from commands
    union all
    select
        lists.segment_id,
        touched.contact_id,
        lists.tenant_id,
        lists.feed,
        lists.log_id,
        listed.row_id,
        lists.sent_at,
        lists.removes_only_own,
        case
            when not lists.replaces then 'added'
            when listed.row_id is null then 'absent'
            else 'listed'
        end as kind,
        coalesce({{ file_of_row('listed.row_id') }}, lists.last_file_id) as file_id,
        cast(null as varchar) as on_reimport,
        cast(null as timestamp) as expires_at,
        cast(null as varchar) as data_bag
    from lists
    inner join touched on lists.segment_id = touched.segment_id
    left join listed
        on
            lists.log_id = listed.log_id
            and lists.segment_id = listed.segment_id
            and touched.contact_id = listed.contact_id
    where lists.replaces or listed.row_id is not null
),

final as (
    select
        *,
        cast(
            row_number() over (partition by segment_id, contact_id order by log_id, row_id) as integer
        ) as step
    from happened
)

select * from final
