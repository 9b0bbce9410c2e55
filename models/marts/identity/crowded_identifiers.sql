{{ config(materialized='view') }}

-- What one file says more contacts than `max_sharing` to have, or brings together in one contact with more identifiers
-- than that: rather a placeholder, or a form's own address, than somebody's (X3).
with

claims as (
    select
        log_id,
        _file_id as file_id,
        tenant_id,
        identifier_type,
        identifier_value,
        count(*) as gathered_count
    from {{ ref('shared_identifiers') }}
    where owner_id is not null
    group by log_id, file_id, tenant_id, identifier_type, identifier_value
),

attached as (
    select
        log_id,
        _file_id as file_id,
        tenant_id,
        contact_id,
        identifier_type,
        arg_min(identifier_value, _line_number) as identifier_value,
        count(*) as type_count
    from {{ ref('contact_identifiers') }}
    group by log_id, file_id, tenant_id, contact_id, identifier_type
),

-- What stands in all their rows is of the type of which there is least.
gatherings as (
    select
        log_id,
        file_id,
        tenant_id,
        arg_min(identifier_type, type_count) as identifier_type,
        arg_min(identifier_value, type_count) as identifier_value,
        max(type_count) as gathered_count
    from attached
    group by log_id, file_id, tenant_id, contact_id
),

final as (
    select * from claims
    union all by name
    select * from gatherings
)

select * from final
where gathered_count > {{ var('max_sharing') }}
