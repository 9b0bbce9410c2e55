-- One row per membership that this run cannot decide by its lists alone: a command of this run is about it, or it has
-- an expiry, or a command later than a list of this run was about it, or a list of this run removes only those whom its
-- own feed brought in. The others never read a command.
with

commands as (
    select * from {{ ref('int_commands') }}
),

ordered_lists as (
    select * from {{ ref('int_lists__ordered') }}
),

lists as (
    select
        segment_id,
        min(sent_at) as first_sent_at,
        bool_or(removes_only_own) as removes_only_own
    from ordered_lists
    where replaces
    group by segment_id
),

spells_of_lists as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where
        segment_id in (
            select lists.segment_id from lists
            where lists.removes_only_own
        )
),

commands_of_lists as (
    select * from {{ state_before('membership_commands', since='valid_from_log_id', until='valid_to_log_id') }}
    where segment_id in (select lists.segment_id from lists)
),

-- Additions are only about those whom they list.
added as (
    select
        outcomes.segment_id,
        outcomes.contact_id,
        ordered_lists.sent_at
    from {{ ref('int_rows__outcome') }} as outcomes
    inner join ordered_lists
        on outcomes.log_id = ordered_lists.log_id and outcomes.segment_id = ordered_lists.segment_id
    where not ordered_lists.replaces and outcomes.is_effective and outcomes.outcome = 'accepted'
),

commands_of_added as (
    select * from {{ state_before('membership_commands', since='valid_from_log_id', until='valid_to_log_id') }}
    where contact_id in (select added.contact_id from added)
),

final as (
    select
        segment_id,
        contact_id
    from commands
    union
    select
        commands_of_lists.segment_id,
        commands_of_lists.contact_id
    from commands_of_lists
    inner join lists on commands_of_lists.segment_id = lists.segment_id
    where
        commands_of_lists.commanded_at > lists.first_sent_at
        or (commands_of_lists.is_member and commands_of_lists.expires_at is not null)
    union
    select
        commands_of_added.segment_id,
        commands_of_added.contact_id
    from commands_of_added
    inner join added
        on commands_of_added.segment_id = added.segment_id and commands_of_added.contact_id = added.contact_id
    where
        commands_of_added.commanded_at > added.sent_at
        or (commands_of_added.is_member and commands_of_added.expires_at is not null)
    union
    select
        spells_of_lists.segment_id,
        spells_of_lists.contact_id
    from spells_of_lists
    union
    select
        outcomes.segment_id,
        outcomes.contact_id
    from {{ ref('int_rows__outcome') }} as outcomes
    inner join lists on outcomes.segment_id = lists.segment_id
    where lists.removes_only_own and outcomes.is_effective and outcomes.outcome = 'accepted'
)

select * from final
