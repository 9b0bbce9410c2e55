-- One row per row of this run; an effective one with the contact it is about, as of its place in the log.
{{ config(materialized='view') }}

with

judged as (
    select * from {{ ref('int_rows__judged') }}
),

identities as (
    select * from {{ ref('int_identities') }}
),

found as (
    select * from {{ ref('int_rows__found') }}
),

final as (
    select
        judged.log_id,
        judged.row_id,
        judged.feed,
        judged.tenant_id,
        judged.subscribers_only,
        judged.on_duplicate,
        judged.segment_id,
        judged.is_change,
        judged.row_code,
        judged.verdict,
        judged.delivery_code,
        judged.is_effective,
        (judged.is_effective and judged.is_conflict)
        or coalesce(identities.row_id is not null and identities.contact_id is null, false)
        or coalesce(found.is_conflict, false) as is_conflict,
        case
            when judged.is_effective then coalesce(identities.contact_id, found.contact_id, judged.owner_id)
        end as contact_id
    from judged
    left join identities on judged.log_id = identities.log_id and judged.row_id = identities.row_id
    left join found on judged.log_id = found.log_id and judged.row_id = found.row_id
)

select * from final
