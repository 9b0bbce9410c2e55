-- One row per accepted row of an import, with what the import does about its contact (O2-O10), and how the subscription
-- stands then. `touches`: it creates or updates the subscription (O4). Of a subscription, or of a subscriber's tags,
-- that an import of a later time touched earlier in the log, it changes nothing (X12).
with

asked as (
    select * from {{ ref('int_import_rows') }}
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
),

told_before as (
    select * from {{ ref('int_subscriptions_told') }}
),

timed as (
    select
        asked.*,
        coalesce(asked.sent_at < greatest(of_subscription.told_at, max(asked.sent_at) filter (
            asked.is_about_subscription
        ) over earlier_of_publication), false) as is_late,
        coalesce(asked.sent_at < greatest(of_subscriber.told_at, max(asked.sent_at) filter (
            asked.is_about_subscriber
        ) over earlier), false) as is_late_for_subscriber
    from asked
    left join told_before as of_subscription
        on asked.publication_id = of_subscription.publication_id and asked.contact_id = of_subscription.contact_id
    left join told_before as of_subscriber
        on asked.contact_id = of_subscriber.contact_id and of_subscriber.publication_id is null
    window
        earlier_of_publication as (
            partition by asked.publication_id, asked.contact_id
            order by asked.log_id rows between unbounded preceding and 1 preceding
        ),
        earlier as (
            partition by asked.contact_id order by asked.log_id rows between unbounded preceding and 1 preceding
        )
),

final as (
    select
        timed.log_id,
        timed.row_id,
        timed.tenant_id,
        timed.publication_id,
        requests.publication_name,
        timed.contact_id,
        timed.sent_at,
        requests.started_at,
        requests.ended_at,
        requests.auto_renews,
        timed.sms_phone,
        requests.subscription_tags,
        requests.subscriber_tags,
        timed.is_about_subscription and not timed.is_late as touches,
        timed.is_about_subscriber and not timed.is_late_for_subscriber as touches_subscriber,
        (timed.is_about_subscription and timed.is_late)
        or (timed.is_about_subscriber and timed.is_late_for_subscriber) as is_too_late,
        not timed.is_there as is_created,
        if(timed.is_there, nullif(timed.status, 'lead'), timed.status) as status,
        -- What counts whatever it was: no list makes active who has unsubscribed, unless it is asked to (O12).
        case
            when timed.status = 'inactive' or (timed.status = 'active' and requests.resubscribe) then timed.status
        end as final_status,
        case when not timed.is_there and timed.status <> 'lead' then timed.log_id end as effort_file_id
    from timed
    inner join requests on timed.log_id = requests.file_id
)

select * from final
