{{ config(materialized='view') }}

select
    contact_id,
    tenant_id,
    {%- for property in var('contact_properties') %}
    {{ property }},
    {%- endfor %}
    other_properties,
    updated_at,
    valid_from_log_id
from {{ ref('contact_history') }}
where valid_to_log_id is null
