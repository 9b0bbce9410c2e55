-- One row per stretch in which a subscription, or a subscriber (then `publication_id` is null), has a tag (O9), of
-- those that this run begins or ends. To replace a set takes away every tag that was ever in it.
with

-- Tags of a subscription that an import creates or updates, and of subscribers.
requested as (
    select
        log_id,
        publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscription_tags as tags
    from {{ ref('int_subscription_events') }}
    where touches
    union all
    select
        log_id,
        cast(null as uuid) as publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscriber_tags as tags
    from {{ ref('int_subscription_events') }}
    where touches_subscriber
),

tags_before as (
    select * from {{ state_before('subscription_tags') }}
    union all by name
    select * from {{ state_before('subscriber_tags') }}
),

named as (
    select
        *,
        unnest(list_concat(tags.to_add, tags.to_remove)) as tag
    from requested
),

stated as (
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        valid_from_log_id as log_id,
        tagged_at as sent_at,
        true as is_set,
        true as is_old
    from tags_before
    where contact_id in (select requested.contact_id from requested)
    union all
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        log_id,
        sent_at,
        list_contains(tags.to_add, tag) as is_set,
        false as is_old
    from named
),

statements as (
    select * from stated
    union all
    select distinct
        requested.publication_id,
        requested.contact_id,
        requested.tenant_id,
        stated.tag,
        requested.log_id,
        requested.sent_at,
        false as is_set,
        false as is_old
    from requested
    inner join stated
        on
            requested.contact_id = stated.contact_id
            and requested.publication_id is not distinct from stated.publication_id
    where requested.tags.replaces and stated.is_set and not list_contains(requested.tags.to_add, stated.tag)
),

changes as (
    select
        *,
        is_set
        <> lag(is_set, 1, false) over (partition by publication_id, contact_id, tag order by log_id) as is_changed
    from statements
),

stretches as (
    select
        *,
        lead(log_id) over (partition by publication_id, contact_id, tag order by log_id) as valid_to_log_id
    from changes
    where is_changed
),

final as (
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        log_id as valid_from_log_id,
        valid_to_log_id,
        sent_at as tagged_at
    from stretches
    where is_set and (not is_old or valid_to_log_id is not null)
)

select * from final
