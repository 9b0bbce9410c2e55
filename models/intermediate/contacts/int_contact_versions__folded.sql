-- One row per delivery of this run and contact that it changes, of the contacts with several rows in the run.
with recursive

contact_rows as (
    select * from {{ ref('int_contact_rows') }}
    where not is_only_row
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

-- Each contact's rows one after the other, all contacts side by side; step 0 is the contact as it was.
folded as (
    select
        firsts.contact_id,
        0 as step,
        cast(null as bigint) as log_id,
        cast(null as bigint) as row_id,
        versions_before.properties as old_properties,
        versions_before.properties,
        versions_before.contact_id is null as is_new
    from contact_rows as firsts
    left join versions_before on firsts.contact_id = versions_before.contact_id
    where firsts.step = 1
    union all
    select
        contact_rows.contact_id,
        contact_rows.step,
        contact_rows.log_id,
        contact_rows.row_id,
        folded.properties as old_properties,
        {{ merged_contact(
            'folded.properties', 'contact_rows.properties', 'rules', 'contact_rows.is_late'
        ) }} as properties,
        folded.is_new and folded.step = 0 as is_new
    from folded
    inner join contact_rows on folded.contact_id = contact_rows.contact_id and folded.step + 1 = contact_rows.step
    inner join rules on contact_rows.feed = rules.feed
),

-- The last change that a delivery makes to a contact.
last_changes as (
    select
        *,
        bool_or(is_new) over (partition by contact_id, log_id) as is_first,
        row_number() over (partition by contact_id, log_id order by step desc) as changes_back
    from folded
    where step > 0 and (is_new or properties is distinct from old_properties)
),

final as (
    select
        contact_id,
        log_id as valid_from_log_id,
        row_id,
        is_first,
        properties,
        lead(log_id) over (partition by contact_id order by log_id) as valid_to_log_id
    from last_changes
    where changes_back = 1
)

select * from final
