-- The clock is naive UTC, and is the real one unless somebody sets it.
with

clock as (
    select
        utc_now() as actual,
        coalesce(
            cast(getvariable('muster_now') as timestamp),
            make_timestamp(epoch_us(current_timestamp))
        ) as expected
)

select * from clock
where actual <> expected or typeof(actual) <> 'TIMESTAMP'
