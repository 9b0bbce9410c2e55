{{ config(unique_key=['publication_id', 'contact_id', 'tag', 'valid_from_log_id']) }}

select
    publication_id,
    contact_id,
    tenant_id,
    tag,
    valid_from_log_id,
    valid_to_log_id,
    tagged_at
from {{ ref('int_tag_stretches') }}
where publication_id is not null
