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

sent as (
    select * from {{ ref('int_rows') }}
),

imported_before as (
    select * from {{ state_before('imported_rows', since='valid_from_log_id', until='valid_to_log_id') }}
),

hashed as (
    select
        last_rows.feed,
        last_rows.contact_id,
        last_rows.tenant_id,
        last_rows.log_id,
        last_rows.row_id,
        {{ row_hash('sent.properties') }} as row_hash
    from last_rows
    inner join sent on last_rows.log_id = sent.log_id and last_rows.row_id = sent.row_id
),

beside_the_last as (
    select
        hashed.*,
        coalesce(
            lag(hashed.row_hash) over (partition by hashed.feed, hashed.contact_id order by hashed.log_id),
            imported_before.row_hash
        ) as last_row_hash
    from hashed
    left join imported_before
        on hashed.feed = imported_before.feed and hashed.contact_id = imported_before.contact_id
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
