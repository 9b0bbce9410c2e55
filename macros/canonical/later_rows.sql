{#- Of the rows of int_later_rows, about one contact in one delivery, those that counted (X2, X10): of linked ones all,
unless no root row did. With when they were sent, and of which properties they spoke. -#}
{% macro later_rows_that_counted() -%}
(
    select ranked.*
    from (
        select
            later_rows.log_id,
            later_rows.contact_id,
            later_rows.is_linked,
            deliveries.sent_at,
            feeds.on_duplicate,
            cells.spoken,
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
    ) as ranked
    where
        ranked.on_duplicate = 'all'
        or (ranked.is_linked and (ranked.on_duplicate <> 'reject_all' or ranked.root_row_count = 1))
        or (not ranked.is_linked and ranked.on_duplicate = 'first' and ranked.from_first = 1)
        or (not ranked.is_linked and ranked.on_duplicate = 'last' and ranked.from_last = 1)
        or (not ranked.is_linked and ranked.from_first = 1 and ranked.from_last = 1)
)
{%- endmacro %}
