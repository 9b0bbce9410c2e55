-- One row per row of this run and whether it can have an effect: it is valid, its delivery applied, its segment not
-- superseded.
-- `owner_id` is the contact that its identifiers had before this run; `is_open`: not all of them had one.
{{ config(materialized='view') }}

with

matched as (
    select * from {{ ref('int_rows__matched') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

superseded as (
    select * from {{ ref('int_lists__judged') }}
    where is_superseded
),

owners as (
    select * from {{ ref('int_rows__owners') }}
),

final as (
    select
        matched.log_id,
        matched.row_id,
        deliveries.feed,
        deliveries.tenant_id,
        feeds.subscribers_only,
        feeds.creates_contacts,
        feeds.on_duplicate,
        matched.segment_id,
        matched.identifier_type,
        matched.identifier_value,
        matched.identifiers,
        matched.is_change,
        matched.row_hash,
        matched.row_code,
        matched.is_filtered,
        deliveries.verdict,
        deliveries.code as delivery_code,
        coalesce(owners.least_owner_id, matched.owner_id) as owner_id,
        coalesce(owners.least_owner_id < owners.greatest_owner_id, false) as is_conflict,
        coalesce(owners.is_open, matched.owner_id is null) as is_open,
        matched.row_code is null and superseded.log_id is null and deliveries.verdict = 'applied' as is_effective
    from matched
    inner join deliveries on matched.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
    left join superseded on matched.log_id = superseded.log_id and matched.segment_id = superseded.segment_id
    left join owners on matched.log_id = owners.log_id and matched.row_id = owners.row_id
)

select * from final
