-- One row per import of this run and subscription that it creates or gives other values: what it is from then on
-- (O3-O7, O10). What an import does not say stays as it was.
with

events as (
    select * from {{ ref('int_subscription_events') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

merged as (
    select
        events.log_id,
        events.row_id,
        events.tenant_id,
        events.publication_id,
        events.publication_name,
        events.contact_id,
        events.sent_at,
        events.is_created,
        struct_pack(
            status := versions_before.status,
            effort_file_id := versions_before.effort_file_id,
            started_at := versions_before.started_at,
            ended_at := versions_before.ended_at,
            auto_renews := versions_before.auto_renews,
            sms_phone := versions_before.sms_phone
        ) as old_values,
        struct_pack(
            status := coalesce(
                last_value(events.status ignore nulls) over so_far, versions_before.status
            ),
            effort_file_id := coalesce(
                last_value(events.effort_file_id ignore nulls) over so_far, versions_before.effort_file_id
            ),
            started_at := coalesce(
                last_value(events.started_at ignore nulls) over so_far, versions_before.started_at
            ),
            ended_at := coalesce(
                last_value(events.ended_at ignore nulls) over so_far, versions_before.ended_at
            ),
            auto_renews := coalesce(
                last_value(events.auto_renews ignore nulls) over so_far, versions_before.auto_renews
            ),
            sms_phone := coalesce(
                last_value(events.sms_phone ignore nulls) over so_far, versions_before.sms_phone
            )
        ) as new_values
    from events
    left join versions_before
        on events.publication_id = versions_before.publication_id and events.contact_id = versions_before.contact_id
    window so_far as (
        partition by events.publication_id, events.contact_id
        order by events.log_id rows between unbounded preceding and current row
    )
),

compared as (
    select
        *,
        is_created or (new_values is distinct from lag(new_values, 1, old_values) over in_order) as is_changed
    from merged
    window in_order as (partition by publication_id, contact_id order by log_id)
),

final as (
    select
        publication_id,
        contact_id,
        tenant_id,
        publication_name,
        log_id as valid_from_log_id,
        sent_at as changed_at,
        is_created as is_first,
        new_values.status,
        new_values.effort_file_id,
        new_values.started_at,
        new_values.ended_at,
        new_values.auto_renews,
        new_values.sms_phone,
        lead(log_id) over (partition by publication_id, contact_id order by log_id) as valid_to_log_id,
        {{ file_of_row('row_id') }} as _file_id,
        {{ line_of_row('row_id') }} as _line_number
    from compared
    where is_changed
)

select * from final
