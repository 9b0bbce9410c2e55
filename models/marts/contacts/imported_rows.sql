{{ config(unique_key=['feed', 'contact_id', 'valid_from_log_id'], incremental_strategy='versions') }}

with

compared_with as (
    select
        contact_rows.*,
        deliveries.feed,
        deliveries.tenant_id,
        row_number()
            over (partition by contact_rows.contact_id, deliveries.log_id order by contact_rows.row_id desc)
            as rows_back
    from {{ ref('int_contact_rows') }} as contact_rows
    inner join {{ ref('deliveries') }} as deliveries on contact_rows.log_id = deliveries.log_id
    where contact_rows.is_compared_with
),

last_rows_before as (
    select * from {{ state_before('imported_rows') }}
    where contact_id in (select compared_with.contact_id from compared_with)
),

beside_the_last as (
    select
        last_rows.*,
        coalesce(
            lag(last_rows.row_hash) over (partition by last_rows.feed, last_rows.contact_id order by last_rows.log_id),
            last_rows_before.row_hash
        ) as last_row_hash
    from compared_with as last_rows
    left join last_rows_before
        on last_rows.feed = last_rows_before.feed and last_rows.contact_id = last_rows_before.contact_id
    where last_rows.rows_back = 1
),

-- A row that says the same as the one before it is not kept, however the log is cut into runs.
final as (
    select
        feed,
        contact_id,
        tenant_id,
        log_id as valid_from_log_id,
        row_id,
        row_hash,
        read_by,
        lead(log_id) over (partition by feed, contact_id order by log_id) as valid_to_log_id
    from beside_the_last
    where row_hash is distinct from last_row_hash
)

select * from final
