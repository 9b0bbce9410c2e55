{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('contact_versions') }}
    where valid_to_log_id is null
),

entries as (
    select
        contact_id,
        tenant_id,
        unnest({{ property_entries('properties') }}) as entry
    from versions
),

final as (
    select
        contact_id,
        tenant_id,
        entry.key as property,
        shown_value(entry.value) as value
    from entries
)

select * from final
