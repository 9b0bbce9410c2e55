-- One row per identifier of an effective row that has several, or one that is unknown; with its contact before.
-- `type_bit` says which of the types that are one per contact it has; 0 if its type is none of them.
with

sent as (
    select
        log_id,
        row_id,
        tenant_id,
        creates_contacts,
        subscribers_only,
        array_length(identifiers) as identifier_count,
        unnest(identifiers) as identifier
    from {{ ref('int_rows__effective') }}
    where is_effective and identifiers is not null
),

-- Those that the run sends.
identifiers_before as (
    select * from {{ state_before('contact_identifiers') }}
    where identifier_value in (select sent.identifier.value from sent)
),

final as (
    select
        sent.log_id,
        sent.row_id,
        sent.tenant_id,
        sent.creates_contacts,
        sent.identifier_count,
        sent.identifier.type as identifier_type,
        sent.identifier.value as identifier_value,
        {{ type_bit('sent.identifier.type') }} as type_bit,
        identifiers_before.contact_id as owner_id,
        place_in_log(sent.log_id, sent.row_id) as position,
        not sent.subscribers_only as attaches
    from sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier.type = identifiers_before.identifier_type
            and sent.identifier.value = identifiers_before.identifier_value
)

select * from final
