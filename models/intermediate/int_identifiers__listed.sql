-- One row per identifier of a valid row that has several, with the contact it had before this run.
with

matched as (
    select * from {{ ref('int_rows__matched') }}
    where identifiers is not null and row_code is null
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

identifiers_before as (
    select * from {{ state_before('contact_identifiers', since='log_id') }}
),

sent as (
    select
        matched.log_id,
        matched.row_id,
        deliveries.tenant_id,
        unnest(matched.identifiers) as identifier
    from matched
    inner join deliveries on matched.log_id = deliveries.log_id
),

final as (
    select
        sent.log_id,
        sent.row_id,
        sent.identifier.type as identifier_type,
        sent.identifier.value as identifier_value,
        identifiers_before.contact_id as owner_id
    from sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier.type = identifiers_before.identifier_type
            and sent.identifier.value = identifiers_before.identifier_value
)

select * from final
