-- One row per contact of which an entry before this run has spoken at a later time than a row of this run: of which
-- properties, and when last (X12).
with

-- Of the rows of a contact in its delivery those that counted (X2): linked ones, unless no root row did.
ranked as (
    select
        later_rows.contact_id,
        deliveries.sent_at,
        feeds.on_duplicate,
        cells.spoken,
        later_rows.is_linked,
        count(*) filter (where not later_rows.is_linked) over (
            partition by later_rows.log_id, later_rows.segment_id, later_rows.contact_id
        ) as root_row_count,
        row_number() over (in_delivery order by later_rows.row_id) as from_first,
        row_number() over (in_delivery order by later_rows.row_id desc) as from_last
    from {{ ref('int_later_rows') }} as later_rows
    inner join {{ ref('int_contact_cells') }} as cells
        on later_rows.log_id = cells.log_id and later_rows.row_id = cells.row_id and cells.step is null
    inner join {{ ref('deliveries') }} as deliveries on later_rows.log_id = deliveries.log_id
    inner join {{ ref('stg_muster__feeds') }} as feeds on deliveries.feed = feeds.feed
    window in_delivery as (
        partition by later_rows.log_id, later_rows.segment_id, later_rows.contact_id, later_rows.is_linked
    )
),

spoken as (
    select
        contact_id,
        sent_at,
        unnest(spoken) as property
    from ranked
    where
        on_duplicate = 'all'
        or (is_linked and (on_duplicate <> 'reject_all' or root_row_count = 1))
        or (not is_linked and on_duplicate = 'first' and from_first = 1)
        or (not is_linked and on_duplicate = 'last' and from_last = 1)
        or (not is_linked and from_first = 1 and from_last = 1)
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
