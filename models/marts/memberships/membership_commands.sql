{{ config(unique_key=['segment_id', 'contact_id', 'valid_from_log_id'], incremental_strategy='versions') }}

-- The last command of each file; one that came too late says nothing.
with

commands as (
    select
        *,
        row_number() over (partition by segment_id, contact_id, log_id order by step desc) as commands_back
    from {{ ref('int_membership_steps') }}
    where kind in ('update', 'delete') and not is_stale
),

final as (
    select
        segment_id,
        contact_id,
        tenant_id,
        log_id as valid_from_log_id,
        sent_at as commanded_at,
        kind as command,
        standing.is_member,
        standing.entry_log_id,
        standing.entry_line_number,
        standing.expires_at,
        standing.data_bag,
        file_id as _file_id,
        lead(log_id) over (partition by segment_id, contact_id order by log_id) as valid_to_log_id,
        line_of_row(row_id) as _line_number
    from commands
    where commands_back = 1
)

select * from final
