{{ config(incremental_strategy='append', post_hook="{{ undo_if_held() }}") }}

select
    log_id,
    segment_id,
    segment_name,
    tenant_id,
    feed,
    file_id,
    line_count,
    rejected_count,
    listed_count,
    added_count,
    removed_count,
    usual_count,
    code
from {{ ref('int_list_effects') }}
