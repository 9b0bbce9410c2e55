-- One row per accepted row of a contact that this run changes or creates: all of them, in order.
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and not subscribers_only and not is_conflict
),

duplicates as (
    select * from {{ ref('int_rows__duplicate') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

sent as (
    select * from {{ ref('int_rows') }}
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

changed_contacts as (
    select distinct contact_id
    from resolved
    where is_change
),

accepted as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.contact_id
    from resolved
    inner join changed_contacts on resolved.contact_id = changed_contacts.contact_id
    left join duplicates on resolved.log_id = duplicates.log_id and resolved.row_id = duplicates.row_id
    where duplicates.row_id is null
),

several as (
    select contact_id
    from accepted
    group by contact_id
    having count(*) > 1
),

-- Nearly every contact has one row; of the others the order counts.
ordered as (
    select
        accepted.*,
        true as is_only_row,
        1 as step
    from accepted
    left join several on accepted.contact_id = several.contact_id
    where several.contact_id is null
    union all
    select
        accepted.*,
        false as is_only_row,
        cast(
            row_number() over (partition by accepted.contact_id order by accepted.log_id, accepted.row_id) as integer
        ) as step
    from accepted
    inner join several on accepted.contact_id = several.contact_id
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
    inner join sent on ordered.log_id = sent.log_id and ordered.row_id = sent.row_id
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
