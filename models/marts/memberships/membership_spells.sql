{{ config(unique_key=['segment_id', 'contact_id', 'entry_log_id', 'entry_line_number']) }}

-- What begins, ends or has other terms.
with

-- How it stands in the end: who is in stays until the expiry, if there is one, be it past or to come (M7, M8).
going_on as (
    select
        tenant_id,
        segment_id,
        contact_id,
        standing.entered_at,
        standing.entry_log_id,
        standing.entry_file_id,
        standing.entry_line_number,
        standing.expires_at as exited_at,
        cast(null as bigint) as exit_log_id,
        cast(null as bigint) as exit_file_id,
        case when standing.expires_at is not null then 'expired' end as exit_reason,
        standing.expires_at,
        standing.data_bag
    from {{ ref('int_membership_steps') }}
    where
        standing.is_member
        and is_last_event
        and (
            not is_only_event
            or (standing.entry_log_id is distinct from standing_before.entry_log_id)
            or (standing.entry_line_number is distinct from standing_before.entry_line_number)
            or (standing.expires_at is distinct from standing_before.expires_at)
            or (standing.data_bag is distinct from standing_before.data_bag)
        )
),

ended as (
    select
        tenant_id,
        segment_id,
        contact_id,
        standing_before.entered_at,
        standing_before.entry_log_id,
        standing_before.entry_file_id,
        standing_before.entry_line_number,
        if(ended = 'expired', standing_before.expires_at, sent_at) as exited_at,
        log_id as exit_log_id,
        if(ended = 'expired', null, file_id) as exit_file_id,
        ended as exit_reason,
        standing_before.expires_at,
        standing_before.data_bag
    from {{ ref('int_membership_steps') }}
    where was_member and ended is not null
),

final as (
    select * from going_on
    union all
    select * from ended
)

select * from final
