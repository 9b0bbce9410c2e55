{{ config(unique_key=['publication_id', 'contact_id', 'valid_from_log_id'], incremental_strategy='versions') }}

-- What an import does not say stays as it was (O3-O7, O10), and who has unsubscribed stays so (O12).
with

events as (
    select * from {{ ref('int_subscription_events') }}
    where touches
),

versions_before as (
    select * from {{ state_before('subscription_versions') }}
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
            {%- for name in ['status', 'effort_file_id', 'started_at', 'ended_at', 'auto_renews', 'sms_phone'] %}
            {{ name }} := versions_before.{{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as old_values,
        struct_pack(
            status := coalesce(
                last_value(events.final_status ignore nulls) over so_far,
                case when versions_before.status = 'inactive' then 'inactive' end,
                last_value(events.status ignore nulls) over so_far,
                versions_before.status
            ),
            {%- for name in ['effort_file_id', 'started_at', 'ended_at', 'auto_renews', 'sms_phone'] %}
            {{ name }} := coalesce(
                last_value(events.{{ name }} ignore nulls) over so_far, versions_before.{{ name }}
            ){{ ',' if not loop.last }}
            {%- endfor %}
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
        file_of_row(row_id) as _file_id,
        line_of_row(row_id) as _line_number
    from compared
    where is_changed
)

select * from final
