{{ config(materialized='view') }}

select
    contact_id,
    tenant_id,
    {%- for property, type in var('contact_properties').items() %}
    {{ typed_property('properties.' ~ property, type, property) }} as {{ property }},
    {%- endfor %}
    shown_map(properties.other) as other_properties,
    sent_at as updated_at,
    valid_from_log_id,
    valid_to_log_id
from {{ ref('contact_versions') }}
where not is_group
