-- One row per row of this run that an earlier application of its delivery has told of: it has no effect again. So it is
-- with profiles and groups that have linked files (B10), whose deliveries are applied again for every new version of
-- one file. A row that was left out then (untold_rows) counts once it fits.
with

resolved as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.contact_id,
        deliveries.feed,
        deliveries.delivery
    from {{ ref('int_rows__resolved') }} as resolved
    inner join {{ ref('deliveries') }} as deliveries on resolved.log_id = deliveries.log_id
    where deliveries.verdict = 'applied' and deliveries.feed in ({{ quoted(roots_with_properties() or ['']) }})
),

refused as (
    select * from {{ ref('int_rows__repeated') }}
    where is_refused
),

marked as (
    select
        resolved.*,
        coalesce(bool_or(resolved.contact_id is not null and refused.row_id is null) over (
            partition by resolved.row_id
            order by resolved.log_id rows between unbounded preceding and 1 preceding
        ), false) as is_told_in_run
    from resolved
    left join refused on resolved.log_id = refused.log_id and resolved.row_id = refused.row_id
),

applied_before as (
    select
        feed,
        delivery,
        max(log_id) as log_id
    from {{ state_before('deliveries') }}
    where verdict = 'applied' and feed in ({{ quoted(roots_with_properties() or ['']) }})
    group by feed, delivery
),

untold_before as (
    select * from {{ state_before('untold_rows') }}
    where log_id in (select applied_before.log_id from applied_before)
),

final as (
    select
        marked.log_id,
        marked.row_id
    from marked
    left join applied_before
        on
            marked.feed = applied_before.feed
            and marked.delivery = applied_before.delivery
            and file_of_row(marked.row_id) <= applied_before.log_id
    left join untold_before
        on
            applied_before.log_id = untold_before.log_id
            and file_of_row(marked.row_id) = untold_before.file_id
            and line_of_row(marked.row_id) = untold_before.line_number
    where marked.is_told_in_run or (applied_before.log_id is not null and untold_before.log_id is null)
)

select * from final
