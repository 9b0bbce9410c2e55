{{ config(unique_key=['contact_id', 'tag', 'valid_from_log_id']) }}

select
    contact_id,
    tenant_id,
    tag,
    valid_from_log_id,
    valid_to_log_id,
    tagged_at
from {{ ref('int_tag_stretches') }}
where publication_id is null
