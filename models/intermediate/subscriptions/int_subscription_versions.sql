-- One row per import of this run and subscription that it creates or gives other values: what it is from then on (O3-O7,
-- O10). What an import does not say stays as it was.
with

events as (
    select * from {{ ref('int_subscription_events') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

{%- set values = ['status', 'effort_file_id', 'started_at', 'ended_at', 'auto_renews', 'sms_phone'] %}

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
        {%- for value in values %}
        coalesce(last_value(events.{{ value }} ignore nulls) over so_far, versions_before.{{ value }}) as {{ value }},
        {%- endfor %}
        {%- for value in values %}
        versions_before.{{ value }} as {{ value }}_before{{ ',' if not loop.last }}
        {%- endfor %}
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
        is_created
        {%- for value in values %}
        or {{ value }} is distinct from lag({{ value }}, 1, {{ value }}_before) over in_order
        {%- endfor %} as is_changed
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
        lead(log_id) over (partition by publication_id, contact_id order by log_id) as valid_to_log_id,
        sent_at as changed_at,
        is_created as is_first,
        {%- for value in values %}
        {{ value }},
        {%- endfor %}
        {{ file_of_row('row_id') }} as _file_id,
        {{ line_of_row('row_id') }} as _line_number
    from compared
    where is_changed
)

select * from final
