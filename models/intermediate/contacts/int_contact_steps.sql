-- One row per accepted row that changes or creates a contact: the contact after it. Each contact's rows go
-- one after the other, all contacts side by side; nearly every contact has one.
{{ config(materialized='view') }}

with recursive

versions_before as (
    select * from {{ state_before('contact_versions') }}
    where contact_id in (select contact_rows.contact_id from {{ ref('int_contact_cells') }} as contact_rows)
),

rules as (
    select
        merge_rules.*,
        deliveries.log_id,
        deliveries.sent_at
    from {{ ref('deliveries') }} as deliveries
    inner join {{ ref('int_merge_rules') }} as merge_rules on deliveries.feed = merge_rules.feed
),

first_rows as not materialized (
    select
        contact_rows.*,
        versions_before.properties as old_properties,
        said_later.said,
        versions_before.contact_id is null as is_new
    from {{ ref('int_contact_cells') }} as contact_rows
    left join versions_before on contact_rows.contact_id = versions_before.contact_id
    left join {{ ref('int_said_later') }} as said_later on contact_rows.contact_id = said_later.contact_id
    where contact_rows.step = 1
),

first_steps as not materialized (
    select
        first_rows.contact_id,
        first_rows.step,
        first_rows.log_id,
        first_rows.row_id,
        first_rows.is_only_row,
        first_rows.is_new,
        first_rows.old_properties,
        {{ merged_properties(
            'first_rows.old_properties', 'first_rows.properties', 'rules', 'first_rows.said', 'rules.sent_at'
        ) }} as properties,
        case
            when first_rows.is_overtaken then said_after(first_rows.said, first_rows.spoken, rules.sent_at)
        end as said
    from first_rows
    inner join rules on first_rows.log_id = rules.log_id
),

further_steps as (
    select * from first_steps
    where not is_only_row
    union all
    select
        contact_rows.contact_id,
        contact_rows.step,
        contact_rows.log_id,
        contact_rows.row_id,
        contact_rows.is_only_row,
        false as is_new,
        further_steps.properties as old_properties,
        {{ merged_properties(
            'further_steps.properties', 'contact_rows.properties', 'rules', 'further_steps.said', 'rules.sent_at'
        ) }} as properties,
        case
            when contact_rows.is_overtaken then said_after(further_steps.said, contact_rows.spoken, rules.sent_at)
        end as said
    from further_steps
    inner join {{ ref('int_contact_cells') }} as contact_rows
        on further_steps.contact_id = contact_rows.contact_id and further_steps.step + 1 = contact_rows.step
    inner join rules on contact_rows.log_id = rules.log_id
),

steps as (
    select * from first_steps
    where is_only_row
    union all
    select * from further_steps
),

final as (
    select
        contact_id,
        step,
        log_id,
        row_id,
        is_only_row,
        is_new,
        old_properties,
        properties
    from steps
    where is_new or (properties is distinct from old_properties)
)

select * from final
