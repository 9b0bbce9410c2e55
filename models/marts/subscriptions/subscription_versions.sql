{{ config(unique_key=['publication_id', 'contact_id', 'valid_from_log_id']) }}

with

written as (
    select * from {{ ref('int_subscription_versions') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

firsts as (
    select
        publication_id,
        contact_id,
        min(valid_from_log_id) as ended_log_id
    from written
    group by publication_id, contact_id
),

final as (
    select
        publication_id,
        contact_id,
        tenant_id,
        publication_name,
        valid_from_log_id,
        valid_to_log_id,
        changed_at,
        is_first,
        status,
        effort_file_id,
        started_at,
        ended_at,
        auto_renews,
        sms_phone,
        _file_id,
        _line_number
    from written
    union all
    select
        versions_before.publication_id,
        versions_before.contact_id,
        versions_before.tenant_id,
        versions_before.publication_name,
        versions_before.valid_from_log_id,
        firsts.ended_log_id as valid_to_log_id,
        versions_before.changed_at,
        versions_before.is_first,
        versions_before.status,
        versions_before.effort_file_id,
        versions_before.started_at,
        versions_before.ended_at,
        versions_before.auto_renews,
        versions_before.sms_phone,
        versions_before._file_id,
        versions_before._line_number
    from versions_before
    inner join firsts
        on
            versions_before.publication_id = firsts.publication_id
            and versions_before.contact_id = firsts.contact_id
)

select * from final
