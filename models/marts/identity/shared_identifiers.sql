{{ config(incremental_strategy='append') }}

-- What a row says somebody is known by, and another contact has: it stays with its owner (X3). Or it is of a type that
-- is one per contact, and the contact has another. The first line that says so tells of it.
with

identities as (
    select * from {{ ref('int_identities') }}
    where is_sharing and contact_id is not null
),

attached as (
    select * from {{ this_run('contact_identifiers') }}
),

before as (
    select * from {{ state_before('shared_identifiers') }}
),

claimed as (
    select
        claims.tenant_id,
        claims.identifier_type,
        claims.identifier_value,
        identities.contact_id,
        any_value(case when claims.type_bit = 0 then coalesce(claims.owner_id, attached.contact_id) end) as owner_id,
        arg_min(claims.log_id, claims.position) as log_id,
        arg_min(claims.row_id, claims.position) as row_id
    from {{ ref('int_identifiers') }} as claims
    inner join identities on claims.log_id = identities.log_id and claims.row_id = identities.row_id
    left join attached
        on
            claims.tenant_id = attached.tenant_id
            and claims.identifier_type = attached.identifier_type
            and claims.identifier_value = attached.identifier_value
    where claims.attaches and coalesce(claims.owner_id, attached.contact_id) is distinct from identities.contact_id
    group by claims.tenant_id, claims.identifier_type, claims.identifier_value, identities.contact_id
),

final as (
    select
        tenant_id,
        identifier_type,
        identifier_value,
        contact_id,
        owner_id,
        log_id,
        file_of_row(row_id) as _file_id,
        line_of_row(row_id) as _line_number
    from claimed
    where
        (tenant_id, identifier_type, identifier_value, contact_id) not in (
            select (before.tenant_id, before.identifier_type, before.identifier_value, before.contact_id) from before
        )
)

select * from final
