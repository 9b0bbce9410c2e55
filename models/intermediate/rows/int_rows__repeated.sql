-- One row per row that is not the one that counts of its contact (and segment) in its delivery (X2); where all count,
-- per further one. Of commands and events each is for itself. Where none of several counts, nor does what is linked to
-- them (B10): it is refused.
with

resolved as not materialized (
    select * from {{ ref('int_rows__resolved') }}
    where contact_id is not null and on_duplicate <> 'keep_all'
),

repeated as (
    select
        log_id,
        segment_id,
        contact_id
    from resolved
    where not is_linked
    group by log_id, segment_id, contact_id
    having count(*) > 1
),

ranked as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.on_duplicate,
        row_number() over (
            partition by resolved.log_id, resolved.segment_id, resolved.contact_id order by resolved.row_id
        ) as from_first,
        row_number() over (
            partition by resolved.log_id, resolved.segment_id, resolved.contact_id order by resolved.row_id desc
        ) as from_last
    from resolved
    inner join repeated
        on
            resolved.log_id = repeated.log_id
            and resolved.contact_id = repeated.contact_id
            and resolved.segment_id is not distinct from repeated.segment_id
    where not resolved.is_linked
),

final as (
    select
        log_id,
        row_id,
        false as is_refused,
        on_duplicate = 'all' as counts
    from ranked
    where case on_duplicate when 'last' then from_last > 1 when 'reject_all' then true else from_first > 1 end
    union all
    select
        resolved.log_id,
        resolved.row_id,
        true as is_refused,
        false as counts
    from resolved
    inner join repeated on resolved.log_id = repeated.log_id and resolved.contact_id = repeated.contact_id
    where resolved.is_linked and resolved.on_duplicate = 'reject_all'
)

select * from final
