{{ config(materialized='view') }}

with

addons as (
    select * from {{ ref('sms_addons') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
    where sms_confirm
),

-- Those that are not inactive after the import (O12): who has unsubscribed is asked for nothing.
reachable as (
    select * from {{ ref('subscription_versions') }}
    where status <> 'inactive'
),

final as (
    select
        addons.tenant_id,
        addons.publication_id,
        addons.publication_name,
        addons.contact_id,
        'sms_confirmation' as message,
        addons.sms_phone as recipient,
        addons.created_at as queued_at,
        addons.log_id,
        addons.file_id
    from addons
    inner join requests on addons.file_id = requests.file_id
    inner join reachable
        on
            addons.publication_id = reachable.publication_id
            and addons.contact_id = reachable.contact_id
            and addons.log_id = reachable.valid_from_log_id
)

select * from final
