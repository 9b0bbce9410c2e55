-- The feeds as the source YAML declares them: configuration, not data.
with

feeds (
    feed,
    applies,
    on_duplicate,
    on_reimport,
    allow_empty,
    subscribers_only,
    completes_by,
    part_count,
    root_feed,
    is_awaited,
    dialect,
    rejects_invalid_cells,
    skips_unchanged,
    creates_contacts,
    max_ahead,
    guard
) as (
    {{ feed_values() }}
),

final as (
    select
        feed,
        applies,
        on_duplicate,
        on_reimport,
        allow_empty,
        subscribers_only,
        is_awaited,
        dialect,
        rejects_invalid_cells,
        skips_unchanged,
        creates_contacts,
        guard,
        cast(max_ahead as interval) as max_ahead,
        cast(part_count as bigint) as part_count,
        nullif(completes_by, '') as completes_by,
        nullif(root_feed, '') as root_feed
    from feeds
)

select * from final
