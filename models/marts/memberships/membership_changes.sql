{{ config(materialized='view') }}

with

spells as (
    select * from {{ ref('membership_spells') }}
),

final as (
    select
        tenant_id,
        segment_id,
        contact_id,
        'added' as change,
        entered_at as changed_at,
        entry_log_id as log_id,
        entry_file_id as file_id,
        entry_log_id,
        entry_line_number
    from spells
    union all
    select
        tenant_id,
        segment_id,
        contact_id,
        exit_reason as change,
        exited_at as changed_at,
        exit_log_id as log_id,
        exit_file_id as file_id,
        entry_log_id,
        entry_line_number
    from spells
    where exit_log_id is not null or exited_at <= utc_now()
)

select * from final
