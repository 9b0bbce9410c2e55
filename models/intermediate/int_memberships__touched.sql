-- One row per membership that this run cannot decide by its lists alone: a command of this run is about it, or it has
-- an expiry, or a command later than a list of this run was about it, or a list of this run removes only those whom its
-- own feed brought in. The others never read a command.
with

commands as (
    select * from {{ ref('int_commands') }}
),

commands_before as (
    select * from {{ state_before('membership_commands', since='valid_from_log_id', until='valid_to_log_id') }}
),

spells_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
),

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where is_effective and segment_id is not null and outcome = 'accepted'
),

lists as (
    select
        segment_id,
        min(sent_at) as first_sent_at,
        bool_or(removes_only_own) as removes_only_own
    from {{ ref('int_lists__ordered') }}
    group by segment_id
),

final as (
    select
        segment_id,
        contact_id
    from commands
    union
    select
        commands_before.segment_id,
        commands_before.contact_id
    from commands_before
    inner join lists on commands_before.segment_id = lists.segment_id
    where
        commands_before.commanded_at > lists.first_sent_at
        or (commands_before.is_member and commands_before.expires_at is not null)
    union
    select
        spells_before.segment_id,
        spells_before.contact_id
    from spells_before
    inner join lists on spells_before.segment_id = lists.segment_id and lists.removes_only_own
    union
    select
        outcomes.segment_id,
        outcomes.contact_id
    from outcomes
    inner join lists on outcomes.segment_id = lists.segment_id and lists.removes_only_own
)

select * from final
