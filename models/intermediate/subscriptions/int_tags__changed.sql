-- One row per stretch in which a subscription, or a subscriber, has a tag (O9), of those that this run begins or ends.
with

events as (
    select * from {{ ref('int_tags__events') }}
),

tags_before as (
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        valid_from_log_id,
        tagged_at
    from {{ state_before('subscription_tags', since='valid_from_log_id', until='valid_to_log_id') }}
    union all
    select
        cast(null as uuid) as publication_id,
        contact_id,
        tenant_id,
        tag,
        valid_from_log_id,
        tagged_at
    from {{ state_before('subscriber_tags', since='valid_from_log_id', until='valid_to_log_id') }}
),

-- What was set before this run, of the tags that something happens to.
standing as (
    select
        tags_before.*,
        true as is_set,
        true as is_old
    from tags_before
    semi join events
        on
            tags_before.contact_id = events.contact_id
            and tags_before.tag = events.tag
            and tags_before.publication_id is not distinct from events.publication_id
),

happened as (
    select * from standing
    union all
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        log_id as valid_from_log_id,
        sent_at as tagged_at,
        is_set,
        false as is_old
    from events
),

compared as (
    select
        *,
        is_set <> lag(is_set, 1, false) over (
            partition by publication_id, contact_id, tag order by valid_from_log_id
        ) as is_changed
    from happened
),

stretches as (
    select
        *,
        lead(valid_from_log_id) over (
            partition by publication_id, contact_id, tag order by valid_from_log_id
        ) as valid_to_log_id
    from compared
    where is_changed
),

final as (
    select
        publication_id,
        contact_id,
        tenant_id,
        tag,
        valid_from_log_id,
        valid_to_log_id,
        tagged_at
    from stretches
    where is_set and (not is_old or valid_to_log_id is not null)
)

select * from final
