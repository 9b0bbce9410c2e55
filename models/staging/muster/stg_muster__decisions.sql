select
    log_id,
    kind,
    feed,
    delivery
from {{ source('muster', 'decisions') }}
