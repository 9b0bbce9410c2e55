-- One row per contact of which an entry before this run has spoken at a later time than a row of this run: of which
-- properties, and when last (X12).
with

spoken as (
    select
        contact_id,
        sent_at,
        unnest(spoken) as property
    from {{ later_rows_that_counted() }}
),

last_spoken as (
    select
        contact_id,
        property,
        max(sent_at) as sent_at
    from spoken
    group by contact_id, property
),

final as (
    select
        contact_id,
        map_from_entries(list(struct_pack(key := property, value := sent_at) order by property)) as said
    from last_spoken
    group by contact_id
)

select * from final
