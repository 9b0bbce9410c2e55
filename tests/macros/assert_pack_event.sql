-- B12: an event as staging models pack it has the type of those that have none.
with

examples as (
    select
        {{ pack_event("'order'", "'7'", "timestamp '2026-01-01'", "map {'total': '5'}") }} as packed,
        {{ no_event() }}
    union all
    select
        {{ pack_event("'order'", "'7'", "timestamp '2026-01-01'", 'null') }} as packed,
        {{ no_event() }}
)

select * from examples
where
    typeof(packed) <> typeof(event)
    or event is not null
    or packed.type <> 'order'
    or packed.id <> '7'
    or packed.occurred_at <> timestamp '2026-01-01'
    or packed.properties['total'] <> '5'
