{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('contact_versions') }}
    where is_group and valid_to_log_id is null
),

identifiers as (
    select * from {{ ref('contact_identifiers') }}
    where identifier_type like 'group:%'
),

final as (
    select
        versions.contact_id as group_id,
        versions.tenant_id,
        substr(identifiers.identifier_type, 7) as group_type,
        identifiers.identifier_value as group_identifier,
        shown_map(map_from_entries({{ property_entries('versions.properties') }})) as properties,
        versions.sent_at as updated_at,
        versions.valid_from_log_id
    from versions
    inner join identifiers on versions.contact_id = identifiers.contact_id
)

select * from final
