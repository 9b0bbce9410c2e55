-- One row per readable line and delivery of this run in which it takes part, with its one outcome (X1).
{{ config(materialized='view') }}

with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
),

duplicates as (
    select * from {{ ref('int_rows__duplicate') }}
),

ignored as (
    select * from {{ ref('int_rows__ignored') }}
),

-- Rows that tell of an event that was told of before (B12).
events as (
    select * from {{ ref('int_events') }}
    where not is_first
),

final as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.segment_id,
        resolved.contact_id,
        resolved.is_effective,
        case
            when resolved.row_code is not null then resolved.row_code
            when resolved.verdict = 'rejected' then resolved.delivery_code
            when resolved.is_conflict then 'identity_conflict'
        end as code,
        case
            when resolved.is_filtered and resolved.verdict <> 'rejected' then 'filtered'
            when resolved.verdict = 'rejected' or resolved.row_code is not null or resolved.is_conflict then 'rejected'
            when ignored.row_id is not null or resolved.is_unknown then 'ignored'
            when duplicates.row_id is not null or events.row_id is not null then 'duplicate'
            else 'accepted'
        end as outcome
    from resolved
    left join duplicates on resolved.log_id = duplicates.log_id and resolved.row_id = duplicates.row_id
    left join events on resolved.log_id = events.log_id and resolved.row_id = events.row_id
    left join ignored on resolved.log_id = ignored.log_id and resolved.row_id = ignored.row_id
)

select * from final
