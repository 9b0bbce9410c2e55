-- One row per delivery of this run and contact whose properties it changes, or who is new: the contact as it is from
-- then on.
with recursive

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

-- Each contact's rows one after the other, all contacts side by side.
merged as (
    select
        contact_rows.contact_id,
        contact_rows.step,
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.tenant_id,
        contact_rows.sent_at,
        {{ merged_properties(
            'versions_before.properties', 'contact_rows.properties', 'contact_rows.is_late'
        ) }} as properties,
        versions_before.contact_id is null as is_first,
        (
            versions_before.contact_id is null
            or versions_before.properties is distinct from {{ merged_properties(
                'versions_before.properties', 'contact_rows.properties', 'contact_rows.is_late'
            ) }}
        ) as is_change
    from contact_rows
    left join versions_before on contact_rows.contact_id = versions_before.contact_id
    where contact_rows.step = 1
    union all
    select
        contact_rows.contact_id,
        contact_rows.step,
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.tenant_id,
        contact_rows.sent_at,
        {{ merged_properties('merged.properties', 'contact_rows.properties', 'contact_rows.is_late') }} as properties,
        false as is_first,
        (
            merged.properties is distinct from {{ merged_properties(
                'merged.properties', 'contact_rows.properties', 'contact_rows.is_late'
            ) }}
        ) as is_change
    from merged
    inner join contact_rows on merged.contact_id = contact_rows.contact_id and merged.step + 1 = contact_rows.step
),

-- The last change that a delivery makes to a contact.
last_changes as (
    select
        *,
        bool_or(is_first) over (partition by contact_id, log_id) as is_first_version,
        row_number() over (partition by contact_id, log_id order by step desc) as changes_back
    from merged
    where is_change
),

final as (
    select
        contact_id,
        tenant_id,
        log_id as valid_from_log_id,
        lead(log_id) over (partition by contact_id order by log_id) as valid_to_log_id,
        sent_at,
        {{ file_of_row('row_id') }} as _file_id,
        {{ line_of_row('row_id') }} as _line_number,
        is_first_version as is_first,
        properties
    from last_changes
    where changes_back = 1
)

select * from final
