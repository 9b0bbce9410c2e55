-- One row per import of this run and tag that it sets or takes away (O9), of a subscription that it creates or updates,
-- or of a subscriber; then `publication_id` is null. To replace a set takes away every tag that was ever in it.
with

subscriptions as (
    select
        log_id,
        publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscription_tags_to_add as tags_to_add,
        subscription_tags_to_remove as tags_to_remove,
        replace_subscription_tags as replaces
    from {{ ref('int_subscription_events') }}
),

-- A late import leaves the tags of subscribers alone.
subscribers as (
    select
        log_id,
        cast(null as uuid) as publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscriber_tags_to_add as tags_to_add,
        subscriber_tags_to_remove as tags_to_remove,
        replace_subscriber_tags as replaces
    from {{ ref('int_subscription_rows') }}
    where not is_late
),

requested as (
    select * from subscriptions
    union all
    select * from subscribers
),

tags_before as (
    select
        publication_id,
        contact_id,
        tag
    from {{ state_before('subscription_tags', since='valid_from_log_id', until='valid_to_log_id') }}
    union all
    select
        cast(null as uuid) as publication_id,
        contact_id,
        tag
    from {{ state_before('subscriber_tags', since='valid_from_log_id', until='valid_to_log_id') }}
),

added as (
    select
        log_id,
        publication_id,
        contact_id,
        tenant_id,
        sent_at,
        true as is_set,
        unnest(tags_to_add) as tag
    from requested
),

removed as (
    select
        log_id,
        publication_id,
        contact_id,
        tenant_id,
        sent_at,
        false as is_set,
        unnest(tags_to_remove) as tag
    from requested
),

known as (
    select * from tags_before
    union
    select
        publication_id,
        contact_id,
        tag
    from added
),

replaced as (
    select
        requested.log_id,
        requested.publication_id,
        requested.contact_id,
        requested.tenant_id,
        requested.sent_at,
        false as is_set,
        known.tag
    from requested
    inner join known
        on
            requested.contact_id = known.contact_id
            and requested.publication_id is not distinct from known.publication_id
    where requested.replaces and not list_contains(requested.tags_to_add, known.tag)
),

final as (
    select * from added
    union all
    select * from removed
    union all
    select * from replaced
)

select * from final
