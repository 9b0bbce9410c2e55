{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('contact_versions') }}
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

-- Each version beside the one before it.
pairs as (
    select
        versions.contact_id,
        versions.tenant_id,
        versions.valid_from_log_id,
        versions.sent_at,
        versions.feed,
        versions._file_id,
        versions._line_number,
        map_from_entries({{ property_entries('previous.properties') }}) as old_values,
        map_from_entries({{ property_entries('versions.properties') }}) as new_values
    from versions
    left join versions as previous
        on versions.contact_id = previous.contact_id and versions.valid_from_log_id = previous.valid_to_log_id
),

named as (
    select
        *,
        unnest(list_distinct(list_concat(map_keys(old_values), map_keys(new_values)))) as property
    from pairs
),

changed as (
    select
        *,
        old_values[property] as old_value,
        new_values[property] as new_value
    from named
    where old_values[property] is distinct from new_values[property]
),

-- By the rule that was in force when the delivery was decided.
final as (
    select
        changed.contact_id,
        changed.tenant_id,
        changed.valid_from_log_id as log_id,
        changed.sent_at as changed_at,
        changed.property,
        changed.feed,
        changed._file_id,
        changed._line_number,
        shown_value(changed.old_value) as old_value,
        shown_value(changed.new_value) as new_value,
        coalesce(deliveries.merge_rules[changed.property], deliveries.merge_rules['*']) as rule
    from changed
    inner join deliveries on changed.valid_from_log_id = deliveries.log_id
)

select * from final
