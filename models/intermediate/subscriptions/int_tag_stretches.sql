-- One row per stretch in which a subscription, or a subscriber (then `publication_id` is null), has a tag (O9), of those
-- that this run begins or ends. To replace a set takes away every tag that was ever in it.
with

events as (
    select * from {{ ref('int_subscription_events') }}
),

-- Tags of a subscription that an import creates or updates. A late import leaves the tags of subscribers alone.
requested as (
    select
        log_id,
        publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscription_tags_to_add as tags_to_add,
        subscription_tags_to_remove as tags_to_remove,
        replace_subscription_tags as replaces
    from events
    where touches
    union all
    select
        log_id,
        cast(null as uuid) as publication_id,
        contact_id,
        tenant_id,
        sent_at,
        subscriber_tags_to_add as tags_to_add,
        subscriber_tags_to_remove as tags_to_remove,
        replace_subscriber_tags as replaces
    from events
    where not is_late
),

tags_before as (
    select * from {{ state_before('subscription_tags') }}
    union all by name
    select * from {{ state_before('subscriber_tags') }}
),

named as (
    select
        *,
        true as is_set,
        unnest(tags_to_add) as tag
    from requested
    union all
    select
        *,
        false as is_set,
        unnest(tags_to_remove) as tag
    from requested
),

known as (
    select publication_id, contact_id, tag from tags_before
    union
    select publication_id, contact_id, tag from named
    where is_set
),

happened as (
    select * from named
    union all
    select
        requested.*,
        false as is_set,
        known.tag
    from requested
    inner join known
        on
            requested.contact_id = known.contact_id
            and requested.publication_id is not distinct from known.publication_id
    where requested.replaces and not list_contains(requested.tags_to_add, known.tag)
),

-- With what was set before this run, of the tags that something happens to.
in_order as (
    select
        *,
        is_set <> lag(is_set, 1, false) over (
            partition by publication_id, contact_id, tag order by valid_from_log_id
        ) as is_changed
    from (
        select
            publication_id,
            contact_id,
            tenant_id,
            tag,
            log_id as valid_from_log_id,
            sent_at as tagged_at,
            is_set,
            false as is_old
        from happened
        union all by name
        select
            tags_before.* exclude (valid_to_log_id),
            true as is_set,
            true as is_old
        from tags_before
        semi join happened
            on
                tags_before.contact_id = happened.contact_id
                and tags_before.tag = happened.tag
                and tags_before.publication_id is not distinct from happened.publication_id
    ) as statements
),

final as (
    select
        * exclude (is_changed),
        lead(valid_from_log_id) over (
            partition by publication_id, contact_id, tag order by valid_from_log_id
        ) as valid_to_log_id
    from in_order
    where is_changed
)

select * exclude (is_set, is_old) from final
where is_set and (not is_old or valid_to_log_id is not null)
