-- One row per accepted row of an import, with what the import does about its contact (O2-O10), and how the subscription
-- stands then. `touches`: it creates or updates the subscription (O4). Of a subscription, or of a subscriber's tags,
-- that an import of a later time touched earlier in the log, it changes nothing (X12).
with

requests as (
    select * from {{ ref('stg_muster__requests') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions') }}
),

told_before as (
    select * from {{ ref('int_subscriptions_told') }}
),

-- Whether it would create the subscription if it is not there: no import of a later time has spoken of it before, be it
-- one that only updates. The first of these does.
asked as (
    select
        import_rows.*,
        of_subscription.told_at,
        of_subscriber.told_at as told_at_of_subscriber,
        versions_before.contact_id is not null as was_there,
        import_rows.may_create and import_rows.sent_at >= coalesce(greatest(
            of_subscription.told_at, max(import_rows.sent_at) filter (import_rows.may_update) over earlier
        ), import_rows.sent_at) as would_create
    from {{ ref('int_import_rows') }} as import_rows
    left join versions_before
        on
            import_rows.publication_id = versions_before.publication_id
            and import_rows.contact_id = versions_before.contact_id
    left join told_before as of_subscription
        on
            import_rows.publication_id = of_subscription.publication_id
            and import_rows.contact_id = of_subscription.contact_id
    left join told_before as of_subscriber
        on import_rows.contact_id = of_subscriber.contact_id and of_subscriber.publication_id is null
    window earlier as (
        partition by import_rows.publication_id, import_rows.contact_id
        order by import_rows.log_id rows between unbounded preceding and 1 preceding
    )
),

found as (
    select
        *,
        was_there or coalesce(bool_or(would_create) over (
            partition by publication_id, contact_id
            order by log_id rows between unbounded preceding and 1 preceding
        ), false) as is_there,
        if(is_there, may_update, may_create) as is_about_subscription
    from asked
),

timed as (
    select
        *,
        coalesce(sent_at < greatest(told_at, max(sent_at) filter (
            is_about_subscription or may_update
        ) over earlier_of_publication), false) as is_late,
        coalesce(sent_at < greatest(told_at_of_subscriber, max(sent_at) filter (
            is_about_subscriber
        ) over earlier), false) as is_late_for_subscriber
    from found
    window
        earlier_of_publication as (
            partition by publication_id, contact_id
            order by log_id rows between unbounded preceding and 1 preceding
        ),
        earlier as (partition by contact_id order by log_id rows between unbounded preceding and 1 preceding)
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
