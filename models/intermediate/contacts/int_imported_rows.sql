-- One row per accepted row of a feed that skips what is unchanged (B6), of contacts that this run changes: the row to
-- compare it with, and whether the next one is compared with it. A late row is no such last row, unless it is the first
-- of all.
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and not subscribers_only and not is_conflict and feed in ({{ skipping_feeds() }})
),

-- By whichever feed: all rows of these are merged, also those that say what the last one said.
changed_contacts as (
    select distinct contact_id
    from {{ ref('int_rows__resolved') }}
    where is_effective and not subscribers_only and not is_conflict and is_change
),

duplicates as (
    select * from {{ ref('int_rows__duplicate') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

imported_before as (
    select * from {{ state_before('imported_rows', since='valid_from_log_id', until='valid_to_log_id') }}
),

accepted as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.feed,
        resolved.tenant_id,
        resolved.contact_id,
        resolved.row_hash,
        deliveries.is_late,
        imported_before.row_id as row_id_before,
        row_number() over row_after_row as step
    from resolved
    inner join changed_contacts on resolved.contact_id = changed_contacts.contact_id
    inner join deliveries on resolved.log_id = deliveries.log_id
    left join duplicates on resolved.log_id = duplicates.log_id and resolved.row_id = duplicates.row_id
    left join imported_before
        on resolved.feed = imported_before.feed and resolved.contact_id = imported_before.contact_id
    where duplicates.row_id is null
    window row_after_row as (
        partition by resolved.feed, resolved.contact_id order by resolved.log_id, resolved.row_id
    )
),

judged as (
    select
        *,
        not is_late or (row_id_before is null and step = 1) as is_compared_with
    from accepted
),

final as (
    select
        log_id,
        row_id,
        feed,
        tenant_id,
        contact_id,
        row_hash,
        is_compared_with,
        coalesce(
            last_value(case when is_compared_with then row_id end ignore nulls) over (
                partition by feed, contact_id
                order by log_id, row_id rows between unbounded preceding and 1 preceding
            ),
            row_id_before
        ) as last_row_id
    from judged
)

select * from final
