-- One row per row with several identifiers: the contacts that these had before this run.
with

listed as (
    select * from {{ ref('int_identifiers__listed') }}
),

final as (
    select
        log_id,
        row_id,
        min(owner_id) as least_owner_id,
        max(owner_id) as greatest_owner_id,
        bool_or(owner_id is null) as is_open
    from listed
    group by log_id, row_id
)

select * from final
