{{ config(materialized='view') }}

with

requests as (
    select * from {{ ref('stg_muster__requests') }}
    where active_status is not null or status_column is not null
),

deliveries as (
    select * from {{ ref('deliveries') }}
    where verdict = 'applied'
),

final as (
    select
        requests.file_id,
        requests.tenant_id,
        requests.publication_id,
        requests.publication_name,
        requests.source_campaign,
        requests.source_partner,
        deliveries.sent_at as created_at
    from requests
    inner join deliveries on requests.file_id = deliveries.log_id
)

select * from final
