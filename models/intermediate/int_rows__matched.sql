-- One row per row of this run, narrow: whose its first identifier is, and whether it would change that contact. The one
-- pass over all rows as sent: of those that change nothing, only numbers are kept.
with

sent as (
    select * from {{ ref('int_rows') }}
),

identifiers_before as (
    select * from {{ state_before('contact_identifiers', since='log_id') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

final as (
    select
        sent.log_id,
        sent.row_id,
        sent.segment_id,
        sent.segment_name,
        identifiers_before.contact_id as owner_id,
        case when identifiers_before.contact_id is null then sent.identifier_type end as identifier_type,
        case when identifiers_before.contact_id is null then sent.identifier_value end as identifier_value,
        sent.identifiers,
        coalesce(
            versions_before.contact_id is null
            or {{ changes_properties('versions_before.properties', 'sent.properties') }},
            false
        ) as is_change,
        sent.row_code,
        sent.file_code
    from sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
    left join versions_before on identifiers_before.contact_id = versions_before.contact_id
)

select * from final
