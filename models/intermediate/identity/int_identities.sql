-- One row per effective row that has several identifiers, or one that is unknown: the contact it finds or creates; none
-- if it is in conflict, or finds nobody and its feed creates no contacts (B7) or only looks them up (A6). Owners of
-- identifiers that only one contact can have decide first. `contact_bits`: which such types the contact had already;
-- `is_sharing`: one of its identifiers may be another's.
with

identifiers as not materialized (
    select * from {{ ref('int_identifiers') }}
),

in_rounds as (
    select * from {{ ref('int_identities__in_rounds') }}
),

-- Of rows of one unknown identifier, which are in no rounds, the first to bring it creates the contact.
firsts as (
    select
        tenant_id,
        identifier_type,
        identifier_value,
        arg_min(row_id, position) as row_id,
        min(position) as position
    from identifiers
    where identifier_count = 1 and creates_contacts
    group by tenant_id, identifier_type, identifier_value
),

singles as (
    select
        identifiers.log_id,
        identifiers.row_id,
        identifiers.position,
        identifiers.creates_contacts,
        firsts.row_id as least_owner_id,
        firsts.row_id as greatest_owner_id,
        false as is_sharing
    from identifiers
    left join firsts
        on
            identifiers.tenant_id = firsts.tenant_id
            and identifiers.identifier_type = firsts.identifier_type
            and identifiers.identifier_value = firsts.identifier_value
            and identifiers.position > firsts.position
    where identifiers.identifier_count = 1
),

several as (
    select
        log_id,
        row_id,
        position,
        any_value(creates_contacts) as creates_contacts,
        coalesce(min(owner_id) filter (where type_bit > 0), min(owner_id)) as least_owner_id,
        coalesce(max(owner_id) filter (where type_bit > 0), max(owner_id)) as greatest_owner_id,
        coalesce(min(owner_id) < max(owner_id), false) as is_sharing
    from identifiers
    where identifier_count > 1
    group by log_id, row_id, position
),

at_once as (
    select * from singles
    union all
    select * from several
),

final as (
    select
        log_id,
        row_id,
        contact_found(least_owner_id, greatest_owner_id, creates_contacts, row_id) as contact_id,
        owners_conflict(least_owner_id, greatest_owner_id) as is_conflict,
        0 as contact_bits,
        is_sharing
    from at_once
    where position not in (select in_rounds.position from in_rounds)
    union all
    select
        log_id,
        row_id,
        contact_id,
        is_conflict,
        contact_bits,
        true as is_sharing
    from in_rounds
)

select * from final
