{{ config(incremental_strategy='append') }}

-- Who brings an unknown identifier first, attaches it to the contact (X3), unless this has another one of a type that
-- is one per contact.
with

brought as (
    select * from {{ ref('int_identifiers') }}
    where owner_id is null and attaches
),

identities as (
    select * from {{ ref('int_identities') }}
    where contact_id is not null
),

attached as (
    select
        brought.tenant_id,
        brought.identifier_type,
        brought.identifier_value,
        arg_min(identities.contact_id, brought.position) as contact_id,
        arg_min(brought.log_id, brought.position) as log_id,
        arg_min(brought.row_id, brought.position) as row_id
    from brought
    inner join identities on brought.log_id = identities.log_id and brought.row_id = identities.row_id
    where (brought.type_bit & identities.contact_bits) = 0
    group by brought.tenant_id, brought.identifier_type, brought.identifier_value
),

final as (
    select
        tenant_id,
        identifier_type,
        identifier_value,
        contact_id,
        log_id,
        file_of_row(row_id) as _file_id,
        line_of_row(row_id) as _line_number
    from attached
)

select * from final
