{{ config(materialized='view') }}

with

spells as (
    select * from {{ ref('membership_spells') }}
    where exit_log_id is null and (exited_at is null or exited_at > utc_now())
),

segments as (
    select * from {{ ref('segments') }}
),

final as (
    select
        spells.tenant_id,
        spells.segment_id,
        segments.segment_name,
        spells.contact_id,
        spells.entered_at,
        spells.entry_file_id,
        spells.entry_line_number,
        spells.expires_at,
        spells.data_bag
    from spells
    inner join segments on spells.segment_id = segments.segment_id
)

select * from final
