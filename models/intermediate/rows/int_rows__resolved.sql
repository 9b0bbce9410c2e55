-- One row per row of this run; an effective one with the contact it is about, as of its place in the log. A linked one
-- is about whom its root row is about (B10).
{{ config(materialized='view') }}

with

rows_of_run as (
    select * from {{ ref('int_rows__effective') }}
),

joined as (
    select
        rows_of_run.* exclude (row_code, is_filtered),
        linked.row_id is not null as is_linked,
        coalesce(
            rows_of_run.row_code, case when rows_of_run.verdict = 'applied' then linked.code end
        ) as row_code,
        rows_of_run.is_filtered
        or (rows_of_run.verdict = 'applied' and coalesce(linked.is_filtered, false)) as is_filtered,
        coalesce(identities.is_conflict, false) as is_conflict,
        case
            when rows_of_run.is_effective and not coalesce(identities.is_conflict, false)
                then coalesce(identities.contact_id, rows_of_run.owner_id)
        end as contact_id
    from rows_of_run
    left join {{ ref('int_rows__linked') }} as linked
        on rows_of_run.log_id = linked.log_id and rows_of_run.row_id = linked.row_id
    left join {{ ref('int_identities') }} as identities
        on
            rows_of_run.log_id = identities.log_id
            and coalesce(linked.root_row_id, rows_of_run.row_id) = identities.row_id
),

-- A row about somebody unknown has no effect where its feed creates no contacts (B7), or only looks them up (A6).
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
        read_by,
        row_code,
        is_filtered,
        verdict,
        delivery_code,
        contact_id,
        is_linked,
        is_conflict,
        is_effective and row_code is null and contact_id is null and not is_conflict as is_unknown
    from joined
)

select * from final
