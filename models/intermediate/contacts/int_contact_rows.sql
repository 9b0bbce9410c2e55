-- One row per accepted row of a contact that this run changes or creates: all of them, in order, without their cells.
-- Of a feed that skips what is unchanged (B6), with the row before it to compare it with, and whether the next one is
-- compared with it: a late row is no such last row, unless it is the first of all.
with

resolved as not materialized (
    select * from {{ ref('int_rows__resolved') }}
    where contact_id is not null and not subscribers_only
),

changed_contacts as (
    select distinct contact_id
    from resolved
    where is_change
),

last_rows_before as (
    select * from {{ state_before('imported_rows') }}
    where contact_id in (select changed_contacts.contact_id from changed_contacts)
),

accepted as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.feed,
        resolved.contact_id,
        resolved.row_hash,
        resolved.read_by,
        resolved.is_linked,
        resolved.feed in ({{ skipping_feeds() }}) and not resolved.is_linked as skips_unchanged,
        deliveries.is_late,
        deliveries.is_overtaken
    from resolved
    inner join changed_contacts on resolved.contact_id = changed_contacts.contact_id
    inner join {{ ref('deliveries') }} as deliveries on resolved.log_id = deliveries.log_id
    anti join {{ ref('int_rows__repeated') }} as repeated
        on resolved.log_id = repeated.log_id and resolved.row_id = repeated.row_id and not repeated.counts
    anti join {{ ref('int_events') }} as told
        on resolved.log_id = told.log_id and resolved.row_id = told.row_id and not told.is_first
    anti join {{ ref('int_rows__told') }} as told_before
        on resolved.log_id = told_before.log_id and resolved.row_id = told_before.row_id
),

several as (  -- nearly every contact has one row; of the others the order counts
    select contact_id
    from accepted
    group by contact_id
    having count(*) > 1
),

ordered as (
    select
        accepted.*,
        true as is_only_row,
        1 as step,
        1 as step_of_feed
    from accepted
    anti join several on accepted.contact_id = several.contact_id
    union all
    select
        accepted.*,
        false as is_only_row,
        cast(row_number() over (
            partition by accepted.contact_id order by accepted.log_id, accepted.is_linked, accepted.row_id
        ) as integer) as step,
        row_number() over (
            partition by accepted.feed, accepted.is_linked, accepted.contact_id
            order by accepted.log_id, accepted.row_id
        ) as step_of_feed
    from accepted
    inner join several on accepted.contact_id = several.contact_id
),

beside_last_rows as (
    select
        ordered.*,
        last_rows_before.row_id as row_id_before,
        ordered.skips_unchanged
        and (not ordered.is_late or (last_rows_before.row_id is null and ordered.step_of_feed = 1)) as is_compared_with
    from ordered
    left join last_rows_before
        on
            ordered.skips_unchanged
            and ordered.feed = last_rows_before.feed
            and ordered.contact_id = last_rows_before.contact_id
),

final as (
    select
        *,
        row_id_before as last_row_id
    from beside_last_rows
    where is_only_row
    union all
    select
        * replace (bool_or(is_overtaken) over (partition by contact_id) as is_overtaken),
        coalesce(
            last_value(case when is_compared_with then row_id end ignore nulls) over (
                partition by feed, is_linked, contact_id
                order by log_id, row_id rows between unbounded preceding and 1 preceding
            ),
            row_id_before
        ) as last_row_id
    from beside_last_rows
    where not is_only_row
)

select
    log_id,
    row_id,
    contact_id,
    row_hash,
    read_by,
    is_only_row,
    step,
    is_compared_with,
    is_overtaken,
    last_row_id
from final
