{{ config(materialized='view') }}

select
    contact_id,
    tenant_id,
    {%- for property, type in var('contact_properties').items() %}
    cast(properties.{{ property }} as {{ type }}) as {{ property }},
    {%- endfor %}
    properties.other as other_properties,
    sent_at as updated_at,
    valid_from_log_id
from {{ ref('contact_versions') }}
where valid_to_log_id is null
