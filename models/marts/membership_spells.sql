{{ config(unique_key=['segment_id', 'contact_id', 'entry_log_id', 'entry_line_number']) }}

with

events as (
    select
        *,
        lead(log_id) over next_event as next_log_id,
        lead(sent_at) over next_event as next_sent_at,
        lead(file_id) over next_event as next_file_id,
        lead(event) over next_event as next_event,
        row_number() over next_event = 1 as is_first_of_run
    from {{ ref('int_membership_events') }}
    window next_event as (partition by segment_id, contact_id order by log_id)
),

-- Stays that begin in this run, and may end in it too.
begun as (
    select
        tenant_id,
        segment_id,
        contact_id,
        sent_at as entered_at,
        log_id as entry_log_id,
        file_id as entry_file_id,
        line_number as entry_line_number,
        next_sent_at as exited_at,
        next_log_id as exit_log_id,
        next_file_id as exit_file_id,
        next_event as exit_reason,
        cast(null as timestamp) as expires_at,
        cast(null as varchar) as data_bag
    from events
    where event = 'entered'
),

-- Each use reads the state for itself: only then are the contacts that it is not about passed over.
listed_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where contact_id in (select events.contact_id from events)
),

-- Stays from before that end in this run.
ended as (
    select
        listed_before.tenant_id,
        listed_before.segment_id,
        listed_before.contact_id,
        listed_before.entered_at,
        listed_before.entry_log_id,
        listed_before.entry_file_id,
        listed_before.entry_line_number,
        events.sent_at as exited_at,
        events.log_id as exit_log_id,
        events.file_id as exit_file_id,
        events.event as exit_reason,
        listed_before.expires_at,
        listed_before.data_bag
    from events
    inner join listed_before
        on events.segment_id = listed_before.segment_id and events.contact_id = listed_before.contact_id
    where events.is_first_of_run and events.event <> 'entered'
),

changed as (
    select * from {{ ref('int_memberships__changed') }}
),

commanded_before as (
    select * from {{ state_before('membership_spells', since='entry_log_id', until='exit_log_id') }}
    where contact_id in (select changed.contact_id from changed)
),

-- Those that commands are about, or that have an expiry (M7, M8): a stay that nobody ended ends when it expires, be
-- that past or to come.
commanded as (
    select
        coalesce(changed.tenant_id, commanded_before.tenant_id) as tenant_id,
        changed.segment_id,
        changed.contact_id,
        coalesce(changed.entered_at, commanded_before.entered_at) as entered_at,
        changed.entry_log_id,
        coalesce(changed.entry_file_id, commanded_before.entry_file_id) as entry_file_id,
        changed.entry_line_number,
        coalesce(changed.exited_at, changed.expires_at) as exited_at,
        changed.exit_log_id,
        changed.exit_file_id,
        coalesce(changed.exit_reason, case when changed.expires_at is not null then 'expired' end) as exit_reason,
        changed.expires_at,
        changed.data_bag
    from changed
    left join commanded_before
        on
            changed.entered_at is null
            and changed.segment_id = commanded_before.segment_id
            and changed.contact_id = commanded_before.contact_id
),

final as (
    select * from begun
    union all
    select * from ended
    union all
    select * from commanded
)

select * from final
