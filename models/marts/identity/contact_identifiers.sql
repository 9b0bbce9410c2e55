{{ config(incremental_strategy='append') }}

-- Who brings an unknown identifier first, attaches it to the contact (X3).
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
        any_value(identities.contact_id) as contact_id,
        arg_min(brought.log_id, brought.position) as log_id,
        arg_min(brought.row_id, brought.position) as row_id
    from brought
    inner join identities on brought.log_id = identities.log_id and brought.row_id = identities.row_id
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
