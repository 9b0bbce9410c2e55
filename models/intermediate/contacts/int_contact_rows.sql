-- One row per accepted row of a contact that this run changes or creates, in order, with its cells as the merge rules
-- of its feed read them.
with

ordered as (
    select * from {{ ref('int_contact_rows__ordered') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

compared as (
    select * from {{ ref('int_imported_rows') }}
    where last_row_id is not null
),

last_cells as (
    select * from {{ ref('int_imported_rows__cells') }}
),

sent as (
    {%- for feed in var('feeds') %}
    select
        {{ row_id('_file_id', '_line_number') }} as row_id,
        properties
    from {{ ref('stg_' ~ feed) }}
    where {{ is_on_a_line_of(ref('int_contact_rows__ordered'), 'row_id') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Of a feed that skips what is unchanged, only the cells that differ from the contact's last row (B6).
differing as (
    select
        ordered.*,
        deliveries.feed,
        deliveries.is_late,
        case
            when compared.row_id is null then sent.properties
            else {{ differing_cells('sent.properties', 'last_cells.properties') }}
        end as properties
    from ordered
    inner join sent on ordered.row_id = sent.row_id
    inner join deliveries on ordered.log_id = deliveries.log_id
    left join compared on ordered.log_id = compared.log_id and ordered.row_id = compared.row_id
    left join last_cells on compared.last_row_id = last_cells.row_id
),

named as (
    select
        differing.*,
        case
            when not rules.is_plain then {{ renamed_columns('differing.properties.other', 'rules') }}
        end as renamed
    from differing
    inner join rules on differing.feed = rules.feed
),

final as (
    select
        named.log_id,
        named.row_id,
        named.contact_id,
        named.feed,
        named.is_late,
        case
            when rules.is_plain then named.properties
            else {{ imported_properties('named.properties', 'named.renamed', 'rules') }}
        end as properties,
        named.is_only_row,
        named.step
    from named
    inner join rules on named.feed = rules.feed
)

select * from final
