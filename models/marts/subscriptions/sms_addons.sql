{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('subscription_versions') }}
    where sms_phone is not null
),

previous as (
    select * from {{ ref('subscription_versions') }}
),

final as (
    select
        versions.tenant_id,
        versions.publication_id,
        versions.publication_name,
        versions.contact_id,
        versions.sms_phone,
        versions.changed_at as created_at,
        versions.valid_from_log_id as log_id,
        versions._file_id as file_id
    from versions
    left join previous
        on
            versions.publication_id = previous.publication_id
            and versions.contact_id = previous.contact_id
            and versions.valid_from_log_id = previous.valid_to_log_id
    where versions.sms_phone is distinct from previous.sms_phone
)

select * from final
