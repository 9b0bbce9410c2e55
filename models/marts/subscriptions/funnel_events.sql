{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('subscription_versions') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
    where not suppress_funnel_events
),

pairs as (
    select
        versions.*,
        previous.status as previous_status
    from versions
    left join versions as previous
        on
            versions.publication_id = previous.publication_id
            and versions.contact_id = previous.contact_id
            and versions.valid_from_log_id = previous.valid_to_log_id
),

final as (
    select
        pairs.tenant_id,
        pairs.publication_id,
        pairs.publication_name,
        pairs.contact_id,
        pairs.changed_at as happened_at,
        pairs.valid_from_log_id as log_id,
        pairs._file_id as file_id,
        case pairs.status
            when 'active' then 'subscribed'
            when 'inactive' then 'unsubscribed'
            else 'lead'
        end as event
    from pairs
    inner join requests on pairs._file_id = requests.file_id
    where pairs.status is distinct from pairs.previous_status
)

select * from final
