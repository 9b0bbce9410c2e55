{{ config(
    unique_key=['contact_id', 'valid_from_log_id'], incremental_strategy='versions', pre_hook="{{ set_several_rows() }}"
) }}

with

single_steps as (
    select * from {{ ref('int_contact_steps') }}
    where is_only_row
),

several_steps as (
    select * from {{ ref('int_contact_steps') }}
    where not is_only_row and {{ has_several_rows() }}
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

changes as (
    select
        *,
        bool_or(is_new) over (partition by contact_id, log_id) as is_first,
        first_value(old_properties) over (partition by contact_id, log_id order by step) as properties_before,
        row_number() over (partition by contact_id, log_id order by step desc) as changes_back
    from several_steps
),

-- The last change that a delivery makes to a contact, unless all is as it was.
last_changes as (
    select * from changes
    where changes_back = 1 and (is_first or (properties is distinct from properties_before))
),

versions as (
    select
        contact_id,
        log_id,
        row_id,
        is_new as is_first,
        properties,
        cast(null as bigint) as valid_to_log_id
    from single_steps
    union all
    select
        contact_id,
        log_id,
        row_id,
        is_first,
        properties,
        lead(log_id) over (partition by contact_id order by log_id) as valid_to_log_id
    from last_changes
),

final as (
    select
        versions.contact_id,
        deliveries.tenant_id,
        versions.log_id as valid_from_log_id,
        versions.valid_to_log_id,
        deliveries.sent_at,
        versions.is_first,
        deliveries.feed,
        versions.properties,
        file_of_row(versions.row_id) as _file_id,
        line_of_row(versions.row_id) as _line_number,
        feeds.applies = 'groups' as is_group
    from versions
    inner join deliveries on versions.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
)

select * from final
