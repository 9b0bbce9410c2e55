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

joined as (
    select
        judged.*,
        (judged.is_effective and judged.is_conflict)
        or coalesce(identities.is_conflict, false)
        or coalesce(found.is_conflict, false) as is_in_conflict,
        case
            when judged.is_effective then coalesce(identities.contact_id, found.contact_id, judged.owner_id)
        end as contact_id
    from judged
    left join identities on judged.log_id = identities.log_id and judged.row_id = identities.row_id
    left join found on judged.log_id = found.log_id and judged.row_id = found.row_id
),

-- A row about somebody unknown has no effect where its feed creates no contacts (B7).
final as (
    select
        log_id,
        row_id,
        feed,
        tenant_id,
        subscribers_only,
        on_duplicate,
        segment_id,
        is_change,
        row_hash,
        row_code,
        is_filtered,
        verdict,
        delivery_code,
        contact_id,
        is_in_conflict as is_conflict,
        is_effective and (contact_id is not null or is_in_conflict or subscribers_only) as is_effective,
        is_effective and contact_id is null and not is_in_conflict and not subscribers_only as is_unknown
    from joined
)

select * from final
