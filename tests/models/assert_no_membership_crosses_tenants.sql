-- X9: tenants are walls. A membership, its contact and its segment are of one tenant, and so is a contact's every
-- identifier.
with

spells as (
    select * from {{ ref('membership_spells') }}
),

segments as (
    select * from {{ ref('segments') }}
),

identifiers as (
    select * from {{ ref('contact_identifiers') }}
),

versions as (
    select * from {{ ref('contact_versions') }}
),

contacts as (
    select distinct
        contact_id,
        tenant_id
    from versions
),

final as (
    select
        spells.contact_id,
        spells.tenant_id,
        segments.tenant_id as other_tenant_id,
        'membership of a segment' as link
    from spells
    inner join segments on spells.segment_id = segments.segment_id
    union all
    select
        spells.contact_id,
        spells.tenant_id,
        contacts.tenant_id as other_tenant_id,
        'membership of a contact' as link
    from spells
    inner join contacts on spells.contact_id = contacts.contact_id
    union all
    select
        identifiers.contact_id,
        identifiers.tenant_id,
        contacts.tenant_id as other_tenant_id,
        'identifier of a contact' as link
    from identifiers
    inner join contacts on identifiers.contact_id = contacts.contact_id
)

select * from final
where tenant_id <> other_tenant_id
