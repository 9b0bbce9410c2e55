-- One row per accepted row of a contact that this run changes or creates, in order, with its cells as the merge rules
-- of its feed read them, looked up where they landed; and one, without a place, per row of an entry before this run
-- that may have spoken later than one of these (X12).
with

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
    union all by name
    select
        log_id,
        row_id,
        contact_id,
        true as is_overtaken
    from {{ ref('int_later_rows') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}, feeds_with_properties()) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where
        {{ is_on_a_line_of({
            ref('int_contact_rows'): ['row_id'],
            ref('int_later_rows'): ['row_id']
        }) }}
    {%- endcall %}
),

{{ read_rows_of('sent') }},

-- Of feeds that skip what is unchanged, the rows that these are compared with.
last_sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}, feeds_with('unchanged_cells', 'skip')) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where {{ is_on_a_line_of({ref('int_contact_rows'): ['last_row_id']}) }}
    {%- endcall %}
),

{{ read_rows_of('last_sent', into='last_rows') }},

-- Only the cells that differ from the contact's last row (B6); without one, all. Where times go back, also of what the
-- row speaks.
with_cells as (
    select
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.contact_id,
        case
            when contact_rows.last_row_id is null then read_rows.properties
            else {{ differing_cells('read_rows.properties', 'last_rows.properties') }}
        end as properties,
        case
            when contact_rows.is_overtaken
                then {{ spoken_properties('read_rows.properties', 'deliveries.merge_rules') }}
        end as spoken,
        contact_rows.is_only_row,
        contact_rows.is_overtaken,
        contact_rows.step
    from contact_rows
    left join {{ ref('deliveries') }} as deliveries
        on case when contact_rows.is_overtaken then contact_rows.log_id end = deliveries.log_id
    inner join read_rows on contact_rows.row_id = read_rows.row_id
    left join last_rows on contact_rows.last_row_id = last_rows.row_id
    {%- if feeds_with('invalid_cells', 'reject') %}
    where
        contact_rows.step is not null
        or not read_rows.rejects_invalid_cells
        or first_invalid(read_rows.dropped_cells) is null
    {%- endif %}
),

-- Rows of feeds whose files have no properties name somebody all the same.
final as (
    select * from with_cells
    union all by name
    select
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.contact_id,
        contact_rows.is_only_row,
        contact_rows.is_overtaken,
        contact_rows.step
    from {{ ref('int_contact_rows') }} as contact_rows
    inner join {{ ref('deliveries') }} as deliveries on contact_rows.log_id = deliveries.log_id
    where deliveries.feed not in ({{ quoted(feeds_that_apply(kinds_with_properties()) or ['']) }})
)

select * from final
