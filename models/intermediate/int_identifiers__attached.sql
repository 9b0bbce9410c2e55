-- One row per identifier that this run attaches to a contact, with the row that brought it first.
with

open as (
    select * from {{ ref('int_identifiers__open') }}
    where owner_id is null
),

identities as (
    select * from {{ ref('int_identities') }}
    where contact_id is not null
),

final as (
    select
        open.tenant_id,
        open.identifier_type,
        open.identifier_value,
        any_value(identities.contact_id) as contact_id,
        arg_min(open.log_id, open.position) as log_id,
        arg_min(open.row_id, open.position) as row_id
    from open
    inner join identities on open.log_id = identities.log_id and open.row_id = identities.row_id
    group by open.tenant_id, open.identifier_type, open.identifier_value
)

select * from final
