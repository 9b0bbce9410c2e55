-- One row per accepted row of a contact that this run changes or creates: all of them, in order, without their cells.
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and not subscribers_only and not is_conflict
),

duplicates as (
    select * from {{ ref('int_rows__duplicate') }}
),

changed_contacts as (
    select distinct contact_id
    from resolved
    where is_change
),

accepted as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.contact_id
    from resolved
    inner join changed_contacts on resolved.contact_id = changed_contacts.contact_id
    left join duplicates on resolved.log_id = duplicates.log_id and resolved.row_id = duplicates.row_id
    where duplicates.row_id is null
),

several as (
    select contact_id
    from accepted
    group by contact_id
    having count(*) > 1
),

-- Nearly every contact has one row; of the others the order counts.
final as (
    select
        accepted.log_id,
        accepted.row_id,
        accepted.contact_id,
        true as is_only_row,
        1 as step
    from accepted
    left join several on accepted.contact_id = several.contact_id
    where several.contact_id is null
    union all
    select
        accepted.log_id,
        accepted.row_id,
        accepted.contact_id,
        false as is_only_row,
        cast(
            row_number() over (partition by accepted.contact_id order by accepted.log_id, accepted.row_id) as integer
        ) as step
    from accepted
    inner join several on accepted.contact_id = several.contact_id
)

select * from final
