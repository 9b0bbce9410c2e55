{{ config(unique_key=['contact_id', 'valid_from_log_id']) }}

with

written as (
    select * from {{ ref('int_contact_versions') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

firsts as (
    select
        contact_id,
        min(valid_from_log_id) as ended_log_id
    from written
    group by contact_id
),

-- The versions that this run ends.
ended as (
    select
        versions_before.contact_id,
        versions_before.tenant_id,
        versions_before.valid_from_log_id,
        firsts.ended_log_id as valid_to_log_id,
        versions_before.sent_at,
        versions_before._file_id,
        versions_before._line_number,
        versions_before.is_first,
        versions_before.feed,
        versions_before.is_group,
        versions_before.properties
    from versions_before
    inner join firsts on versions_before.contact_id = firsts.contact_id
),

final as (
    select
        contact_id,
        tenant_id,
        valid_from_log_id,
        valid_to_log_id,
        sent_at,
        _file_id,
        _line_number,
        is_first,
        feed,
        is_group,
        properties
    from written
    union all
    select * from ended
)

select * from final
