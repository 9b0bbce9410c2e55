-- One row per delivery of this run and contact whose properties it changes, or who is new: the contact as it is from
-- then on.
with

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
    where is_only_row
),

folded as (
    select * from {{ ref('int_contact_versions__folded') }}
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

merged as (
    select
        contact_rows.contact_id,
        contact_rows.log_id,
        contact_rows.row_id,
        versions_before.contact_id is null as is_first,
        versions_before.properties as old_properties,
        {{ merged_contact(
            'versions_before.properties', 'contact_rows.properties', 'rules', 'contact_rows.is_late'
        ) }} as properties
    from contact_rows
    inner join rules on contact_rows.feed = rules.feed
    left join versions_before on contact_rows.contact_id = versions_before.contact_id
),

written as (
    select
        contact_id,
        log_id as valid_from_log_id,
        row_id,
        is_first,
        properties,
        cast(null as bigint) as valid_to_log_id
    from merged
    where is_first or properties is distinct from old_properties
    union all
    select
        contact_id,
        valid_from_log_id,
        row_id,
        is_first,
        properties,
        valid_to_log_id
    from folded
),

final as (
    select
        written.contact_id,
        deliveries.tenant_id,
        written.valid_from_log_id,
        written.valid_to_log_id,
        deliveries.sent_at,
        {{ file_of_row('written.row_id') }} as _file_id,
        {{ line_of_row('written.row_id') }} as _line_number,
        written.is_first,
        deliveries.feed,
        feeds.applies = 'groups' as is_group,
        written.properties
    from written
    inner join deliveries on written.valid_from_log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
)

select * from final
