-- One row per effective row that is not wholly known from before this run: the contact it finds or creates; none if it
-- is in conflict, or finds nobody and its feed creates no contacts (B7).
with

open as (
    select * from {{ ref('int_identifiers__open') }}
),

tangled as (
    select distinct
        log_id,
        row_id,
        position,
        contact_id,
        is_conflict
    from {{ ref('int_identities__tangled') }}
),

-- Untangled rows of one unknown identifier: the first to bring it creates the contact.
firsts as (
    select
        tenant_id,
        identifier_type,
        identifier_value,
        arg_min(row_id, position) as first_row_id,
        min(position) as first_position
    from open
    where identifier_count = 1 and creates_contacts
    group by tenant_id, identifier_type, identifier_value
),

untangled as (
    select
        open.log_id,
        open.row_id,
        false as is_conflict,
        coalesce(
            max(open.owner_id),
            max(firsts.first_row_id),
            case when bool_and(open.creates_contacts) then open.row_id end
        ) as contact_id
    from open
    left join firsts
        on
            open.identifier_count = 1
            and open.tenant_id = firsts.tenant_id
            and open.identifier_type = firsts.identifier_type
            and open.identifier_value = firsts.identifier_value
            and open.position >= firsts.first_position
    where open.position not in (select tangled.position from tangled)
    group by open.log_id, open.row_id
),

final as (
    select
        log_id,
        row_id,
        contact_id,
        is_conflict
    from untangled
    union all
    select
        log_id,
        row_id,
        contact_id,
        is_conflict
    from tangled
)

select * from final
