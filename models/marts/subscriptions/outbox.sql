{{ config(materialized='view') }}

with

addons as (
    select * from {{ ref('sms_addons') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
    where sms_confirm
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
)

select * from final
