{{ config(unique_key=['segment_id', 'contact_id', 'valid_from_log_id']) }}

with

commands as (
    select * from {{ ref('int_memberships__folded') }}
    where kind in ('update', 'delete') and not is_stale
),

commands_before as (
    select * from {{ state_before('membership_commands', since='valid_from_log_id', until='valid_to_log_id') }}
),

-- The last command of each file.
last_commands as (
    select
        *,
        row_number() over (partition by segment_id, contact_id, log_id order by step desc) as commands_back
    from commands
),

written as (
    select
        segment_id,
        contact_id,
        tenant_id,
        log_id as valid_from_log_id,
        lead(log_id) over (partition by segment_id, contact_id order by log_id) as valid_to_log_id,
        sent_at as commanded_at,
        kind as command,
        is_member,
        entry_log_id,
        entry_line_number,
        expires_at,
        data_bag,
        file_id as _file_id,
        line_number as _line_number
    from last_commands
    where commands_back = 1
),

firsts as (
    select
        segment_id,
        contact_id,
        min(valid_from_log_id) as ended_log_id
    from written
    group by segment_id, contact_id
),

final as (
    select * from written
    union all
    select
        commands_before.segment_id,
        commands_before.contact_id,
        commands_before.tenant_id,
        commands_before.valid_from_log_id,
        firsts.ended_log_id as valid_to_log_id,
        commands_before.commanded_at,
        commands_before.command,
        commands_before.is_member,
        commands_before.entry_log_id,
        commands_before.entry_line_number,
        commands_before.expires_at,
        commands_before.data_bag,
        commands_before._file_id,
        commands_before._line_number
    from commands_before
    inner join firsts
        on commands_before.segment_id = firsts.segment_id and commands_before.contact_id = firsts.contact_id
)

select * from final
