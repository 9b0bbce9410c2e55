{{ config(unique_key='log_id') }}

select
    log_id,
    feed,
    tenant_id,
    delivery,
    sent_at,
    verdict,
    code,
    is_late
from {{ ref('int_deliveries__judged') }}
