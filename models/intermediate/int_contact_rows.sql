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

final as (
    select
        accepted.log_id,
        accepted.row_id,
        accepted.contact_id,
        deliveries.tenant_id,
        deliveries.sent_at,
        deliveries.is_late,
        {{ imported_properties('sent.properties', 'rules') }} as properties,
        row_number() over (
            partition by accepted.contact_id order by accepted.log_id, accepted.row_id
        ) as step
    from accepted
    inner join sent on accepted.log_id = sent.log_id and accepted.row_id = sent.row_id
    inner join deliveries on accepted.log_id = deliveries.log_id
    inner join rules on deliveries.feed = rules.feed
)

select * from final
