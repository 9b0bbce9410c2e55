-- One row per accepted row of a contact that this run changes or creates, in order, with its cells as the merge rules
-- of its feed read them; looked up where they landed.
with

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
),

rules as (
    select
        merge_rules.*,
        deliveries.log_id,
        deliveries.is_late
    from {{ ref('deliveries') }} as deliveries
    inner join {{ ref('int_merge_rules') }} as merge_rules on deliveries.feed = merge_rules.feed
),

sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where {{ is_on_a_line_of(ref('int_contact_rows'), 'row_id') }}
    {%- endcall %}
),

-- The last rows of contacts, of feeds that skip what is unchanged.
last_sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where {{ is_on_a_line_of(ref('int_contact_rows'), 'last_row_id') }}
    {%- endcall %}
),

-- Only the cells that differ from the contact's last row (B6); without one, all.
differing as (
    select
        contact_rows.*,
        case
            when contact_rows.last_row_id is null then sent.properties
            else {{ differing_cells('sent.properties', 'last_sent.properties') }}
        end as properties
    from contact_rows
    inner join sent on contact_rows.row_id = sent.row_id
    left join last_sent on contact_rows.last_row_id = last_sent.row_id
),

named as (
    select
        differing.*,
        case
            when not rules.reads_as_sent
                then renamed_columns(differing.properties.other, rules.other_columns, rules.other_prefix)
        end as renamed
    from differing
    inner join rules on differing.log_id = rules.log_id
),

final as (
    select
        named.log_id,
        named.row_id,
        named.contact_id,
        {{ read_properties('named.properties', 'named.renamed', 'rules') }} as properties,
        named.is_only_row,
        named.step
    from named
    inner join rules on named.log_id = rules.log_id
)

select * from final
