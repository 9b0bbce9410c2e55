{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('contact_versions') }}
),

-- Each version beside the one before it.
pairs as (
    select
        versions.contact_id,
        versions.tenant_id,
        versions.valid_from_log_id,
        versions.sent_at,
        versions._file_id,
        versions._line_number,
        previous.properties as old_properties,
        versions.properties as new_properties
    from versions
    left join versions as previous
        on versions.contact_id = previous.contact_id and versions.valid_from_log_id = previous.valid_to_log_id
),

new_entries as (
    select
        * exclude (new_properties),
        unnest({{ property_entries('new_properties') }}) as entry
    from pairs
),

-- Rule Set never clears a property, so every change has a new value.
compared as (
    select
        contact_id,
        tenant_id,
        valid_from_log_id as log_id,
        sent_at as changed_at,
        entry.key as property,
        list_filter(
            {{ property_entries('old_properties') }}, lambda old_entry: old_entry.key = entry.key
        )[1].value as old_value,
        entry.value as new_value,
        _file_id,
        _line_number
    from new_entries
),

final as (
    select * from compared
    where new_value is distinct from old_value
)

select * from final
