-- The feeds as the source YAML declares them: configuration, not data.
with

feeds (feed, applies, on_duplicate, on_reimport, allow_empty, subscribers_only, completes_by, part_count) as (
    values {{ feed_values() }}
),

final as (
    select
        feed,
        applies,
        on_duplicate,
        on_reimport,
        allow_empty,
        subscribers_only,
        cast(completes_by as varchar) as completes_by,
        cast(part_count as bigint) as part_count
    from feeds
)

select * from final
