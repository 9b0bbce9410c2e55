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
    decimal_separator,
    multi_value_separator,
    skips_unchanged,
    creates_contacts
) as (
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
        cast(part_count as bigint) as part_count,
        cast(root_feed as varchar) as root_feed,
        decimal_separator,
        cast(multi_value_separator as varchar) as multi_value_separator,
        skips_unchanged,
        creates_contacts
    from feeds
)

select * from final
