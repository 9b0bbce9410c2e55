-- One row per file of this run whose job it writes, with the delivery that tells what became of its lines: the last
-- that was applied, else the last. What a job did stays (C92): a file whose delivery was applied in an earlier run, and
-- is not in this one, is left as it is.
-- depends_on: {{ ref('int_guard') }}
with

deliveries as (
    select * from {{ ref('deliveries') }}
),

applied_before as (
    select
        feed,
        delivery,
        max(log_id) as log_id
    from {{ state_before('deliveries') }}
    where verdict = 'applied'
    group by feed, delivery
),

final as (
    select
        files.file_id,
        arg_max(files.log_id, (deliveries.verdict = 'applied', files.log_id)) as log_id
    from {{ ref('int_delivery_files') }} as files
    inner join deliveries on files.log_id = deliveries.log_id
    left join applied_before
        on
            deliveries.feed = applied_before.feed
            and deliveries.delivery = applied_before.delivery
            and files.file_id <= applied_before.log_id
    group by files.file_id
    having bool_or(deliveries.verdict = 'applied') or count(applied_before.log_id) = 0
)

select * from final
