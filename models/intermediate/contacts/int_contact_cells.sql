-- One row per accepted row of a contact that this run changes or creates, in order, with its cells as the merge rules
-- of its feed read them; looked up where they landed.
with

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

-- These rows and, of feeds that skip what is unchanged, those that they are compared with.
sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where {{ is_on_a_line_of(ref('int_contact_rows'), ['row_id', 'last_row_id']) }}
    {%- endcall %}
),

{{ read_rows_of('sent') }},

-- Only the cells that differ from the contact's last row (B6); without one, all.
final as (
    select
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.contact_id,
        case
            when contact_rows.last_row_id is null then read_rows.properties
            else {{ differing_cells('read_rows.properties', 'last_rows.properties') }}
        end as properties,
        contact_rows.is_only_row,
        contact_rows.step
    from contact_rows
    inner join read_rows on contact_rows.row_id = read_rows.row_id
    left join read_rows as last_rows on contact_rows.last_row_id = last_rows.row_id
)

select * from final
