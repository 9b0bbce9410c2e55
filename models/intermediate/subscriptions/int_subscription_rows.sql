-- One row per accepted row of an import, with what the import is to do about its contact (O2-O10).
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and not is_conflict
),

duplicates as (
    select * from {{ ref('int_rows__duplicate') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
    where file_id > (select run.decided_log_id from {{ ref('int_run') }} as run)
),

deliveries as (
    select * from {{ ref('int_deliveries__judged') }}
),

sent as (
    select * from {{ ref('int_rows') }}
),

-- The number of the SMS add-on (O7), of imports that create these.
phones as (
    select
        sent.log_id,
        sent.row_id,
        {{ international_phone_normal_form(
            filled_cell('sent.properties.other[requests.sms_phone_column]')
        ) }} as sms_phone
    from sent
    inner join requests on sent.log_id = requests.file_id
    where requests.sms_phone_column is not null
),

final as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.tenant_id,
        resolved.contact_id,
        deliveries.sent_at,
        deliveries.is_late,
        phones.sms_phone,
        requests.publication_id,
        requests.publication_name,
        requests.active_status,
        requests.subscription_action,
        requests.subscription_tags_to_add,
        requests.subscription_tags_to_remove,
        requests.replace_subscription_tags,
        requests.subscriber_tags_to_add,
        requests.subscriber_tags_to_remove,
        requests.replace_subscriber_tags,
        requests.started_at,
        requests.ended_at,
        requests.auto_renews
    from resolved
    inner join requests on resolved.log_id = requests.file_id
    inner join deliveries on resolved.log_id = deliveries.log_id
    left join phones on resolved.log_id = phones.log_id and resolved.row_id = phones.row_id
    anti join duplicates on resolved.log_id = duplicates.log_id and resolved.row_id = duplicates.row_id
)

select * from final
