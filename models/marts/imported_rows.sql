{{ config(unique_key=['feed', 'contact_id', 'valid_from_log_id']) }}

with

compared_with as (
    select
        *,
        row_number() over (partition by feed, contact_id, log_id order by row_id desc) as rows_back
    from {{ ref('int_imported_rows') }}
    where is_compared_with
),

last_rows as (
    select * from compared_with
    where rows_back = 1
),

imported_before as (
    select * from {{ state_before('imported_rows', since='valid_from_log_id', until='valid_to_log_id') }}
),

beside_the_last as (
    select
        last_rows.*,
        coalesce(
            lag(last_rows.row_hash) over (partition by last_rows.feed, last_rows.contact_id order by last_rows.log_id),
            imported_before.row_hash
        ) as last_row_hash
    from last_rows
    left join imported_before
        on last_rows.feed = imported_before.feed and last_rows.contact_id = imported_before.contact_id
),

-- A row that says the same as the one before it is not kept, however the log is cut into runs.
written as (
    select
        feed,
        contact_id,
        tenant_id,
        log_id as valid_from_log_id,
        lead(log_id) over (partition by feed, contact_id order by log_id) as valid_to_log_id,
        row_id,
        row_hash
    from beside_the_last
    where row_hash is distinct from last_row_hash
),

firsts as (
    select
        feed,
        contact_id,
        min(valid_from_log_id) as ended_log_id
    from written
    group by feed, contact_id
),

final as (
    select * from written
    union all
    select
        imported_before.feed,
        imported_before.contact_id,
        imported_before.tenant_id,
        imported_before.valid_from_log_id,
        firsts.ended_log_id as valid_to_log_id,
        imported_before.row_id,
        imported_before.row_hash
    from imported_before
    inner join firsts on imported_before.feed = firsts.feed and imported_before.contact_id = firsts.contact_id
)

select * from final
