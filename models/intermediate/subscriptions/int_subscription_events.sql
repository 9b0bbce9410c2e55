-- One row per accepted row of an import, with what the import does about its contact (O2-O10), and how the subscription
-- stands then. `touches`: it creates or updates the subscription (O4). A late import creates, but changes nothing that
-- is there.
with

outcomes as (
    select resolved.*
    from {{ ref('int_rows__resolved') }} as resolved
    anti join {{ ref('int_rows__repeated') }} as repeated
        on resolved.log_id = repeated.log_id and resolved.row_id = repeated.row_id and not repeated.counts
    where resolved.contact_id is not null
),

requests as (
    select
        *,
        subscription_action in ('create_only', 'create_or_update') as may_create,
        subscription_action in ('update_only', 'create_or_update') as may_update
    from {{ ref('stg_muster__requests') }}
    where file_id > (select run.decided_log_id from {{ ref('int_run') }} as run)
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions') }}
),

-- The number of the SMS add-on (O7) and the row's own status (O12), of imports that ask for them.
said as (
    {{ rows_of_run(['import']) }}
),

asked as (
    select
        outcomes.log_id,
        outcomes.row_id,
        outcomes.tenant_id,
        outcomes.contact_id,
        deliveries.sent_at,
        deliveries.is_late,
        said.sms_phone,
        requests.resubscribe,
        requests.publication_id,
        requests.publication_name,
        requests.may_create,
        requests.may_update,
        requests.subscription_tags_to_add,
        requests.subscription_tags_to_remove,
        requests.replace_subscription_tags,
        requests.subscriber_tags_to_add,
        requests.subscriber_tags_to_remove,
        requests.replace_subscriber_tags,
        requests.started_at,
        requests.ended_at,
        requests.auto_renews,
        coalesce(
            said.status,
            case requests.active_status when true then 'active' when false then 'inactive' else 'lead' end
        ) as status,
        versions_before.contact_id is not null or coalesce(
            bool_or(requests.may_create) over (
                partition by requests.publication_id, outcomes.contact_id
                order by outcomes.log_id rows between unbounded preceding and 1 preceding
            ),
            false
        ) as is_there
    from outcomes
    inner join requests on outcomes.log_id = requests.file_id
    inner join deliveries on outcomes.log_id = deliveries.log_id
    left join said on outcomes.row_id = said.row_id
    left join versions_before
        on requests.publication_id = versions_before.publication_id and outcomes.contact_id = versions_before.contact_id
),

final as (
    select
        log_id,
        row_id,
        tenant_id,
        publication_id,
        publication_name,
        contact_id,
        sent_at,
        is_late,
        started_at,
        ended_at,
        auto_renews,
        sms_phone,
        subscription_tags_to_add,
        subscription_tags_to_remove,
        replace_subscription_tags,
        subscriber_tags_to_add,
        subscriber_tags_to_remove,
        replace_subscriber_tags,
        if(is_there, may_update and not is_late, may_create) as touches,
        not is_there as is_created,
        if(is_there, nullif(status, 'lead'), status) as status,
        -- What counts whatever it was: no list makes active who has unsubscribed, unless it is asked to (O12).
        case when status = 'inactive' or (status = 'active' and resubscribe) then status end as final_status,
        case when not is_there and status <> 'lead' then log_id end as effort_file_id
    from asked
)

select * from final
