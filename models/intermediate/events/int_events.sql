-- One row per row of this run that tells of a timeline event, and whether it counts (B12): it is the first of its
-- delivery to do so, and no other delivery had told of the event: an event belongs to the one that created it.
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where contact_id is not null
),

sent as (
    {{ rows_of_run(['events']) }}
),

told as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.tenant_id,
        resolved.contact_id,
        resolved.feed,
        deliveries.delivery,
        sent.link_key,
        sent.event.type as event_type,
        sent.event.id as event_id,
        sent.event.occurred_at,
        sent.event.properties
    from resolved
    inner join {{ ref('deliveries') }} as deliveries on resolved.log_id = deliveries.log_id
    inner join sent on resolved.row_id = sent.row_id
    where sent.event is not null
),

final as (
    select
        told.*,
        row_number() over (
            partition by told.log_id, told.tenant_id, told.event_type, told.event_id order by told.row_id
        ) = 1 and told.delivery = coalesce(events_before.delivery, first_value(told.delivery) over (
            partition by told.tenant_id, told.event_type, told.event_id order by told.log_id, told.row_id
        )) as is_first
    from told
    left join {{ state_before('timeline_events') }} as events_before
        on
            told.tenant_id = events_before.tenant_id
            and told.event_type = events_before.event_type
            and told.event_id = events_before.event_id
)

select * from final
