-- One row per row about someone who was not an active, opted-in subscriber as of the entries before its delivery (A6):
-- nobody with an active subscription, nor, without one that is active or inactive, with an opt-in.
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and subscribers_only and not is_conflict
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

versions_of_run as (
    select * from {{ ref('int_contact_versions') }}
),

versions as (
    select
        contact_id,
        valid_from_log_id,
        coalesce(properties.opt_in_status = '1', false) as is_opted_in
    from versions_before
    union all
    select
        contact_id,
        valid_from_log_id,
        coalesce(properties.opt_in_status = '1', false) as is_opted_in
    from versions_of_run
),

stays as (
    select
        *,
        lead(valid_from_log_id) over (partition by contact_id order by valid_from_log_id) as valid_to_log_id
    from versions
    where contact_id in (select resolved.contact_id from resolved)
),

subscriptions as (
    select
        publication_id,
        contact_id,
        valid_from_log_id,
        status
    from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
    union all
    select
        publication_id,
        contact_id,
        valid_from_log_id,
        status
    from {{ ref('int_subscription_versions') }}
),

subscription_stays as (
    select
        *,
        lead(valid_from_log_id) over (
            partition by publication_id, contact_id order by valid_from_log_id
        ) as valid_to_log_id
    from subscriptions
    where contact_id in (select resolved.contact_id from resolved)
),

subscribed as (
    select
        resolved.log_id,
        resolved.row_id,
        bool_or(subscription_stays.status = 'active') as is_active
    from resolved
    inner join subscription_stays
        on
            resolved.contact_id = subscription_stays.contact_id
            and resolved.log_id > subscription_stays.valid_from_log_id
            and (
                subscription_stays.valid_to_log_id is null
                or resolved.log_id <= subscription_stays.valid_to_log_id
            )
    where subscription_stays.status <> 'lead'
    group by resolved.log_id, resolved.row_id
),

final as (
    select
        resolved.log_id,
        resolved.row_id
    from resolved
    left join subscribed on resolved.log_id = subscribed.log_id and resolved.row_id = subscribed.row_id
    left join stays
        on
            resolved.contact_id = stays.contact_id
            and resolved.log_id > stays.valid_from_log_id
            and (stays.valid_to_log_id is null or resolved.log_id <= stays.valid_to_log_id)
    where not coalesce(subscribed.is_active, stays.is_opted_in, false)
)

select * from final
