-- One row per import: what it is to do (O2-O10), and whether its campaign effort cannot be created (O6).
with

requests as (
    select * from {{ source('muster', 'import_requests') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
),

campaigns as (
    select * from {{ ref('campaign_registry') }}
),

named as (
    select
        requests.*,
        files.tenant_id,
        coalesce(requests.publication, files.segment_name) as publication_name
    from requests
    inner join files on requests.file_id = files.file_id
),

-- Of a tenant with lines in the registry only these campaigns are known; without lines, any.
known as (
    select
        named.file_id,
        count(campaigns.tenant_id) as registered_count,
        count(*) filter (where named.source_campaign = campaigns.source_campaign) as campaign_count,
        count(*) filter (
            where
            named.source_campaign = campaigns.source_campaign
            and coalesce(named.source_partner = campaigns.source_partner, true)
        ) as partner_count
    from named
    left join campaigns on named.tenant_id = campaigns.tenant_id
    group by named.file_id
),

final as (
    select
        named.file_id,
        named.tenant_id,
        named.clear,
        named.active_status,
        named.subscription_action,
        named.publication_name,
        named.source_campaign,
        named.source_partner,
        named.sms_phone_column,
        named.sms_confirm,
        named.suppress_funnel_events,
        named.started_at,
        named.ended_at,
        named.auto_renews,
        named.status_column,
        named.resubscribe,
        named.subscription_action in ('create_only', 'create_or_update') as may_create,
        named.subscription_action in ('update_only', 'create_or_update') as may_update,
        struct_pack(
            to_add := named.subscription_tags_to_add,
            to_remove := named.subscription_tags_to_remove,
            replaces := named.replace_subscription_tags
        ) as subscription_tags,
        struct_pack(
            to_add := named.subscriber_tags_to_add,
            to_remove := named.subscriber_tags_to_remove,
            replaces := named.replace_subscriber_tags
        ) as subscriber_tags,
        named.replace_subscriber_tags
        or len(named.subscriber_tags_to_add) + len(named.subscriber_tags_to_remove) > 0 as is_about_subscriber,
        hash_key(named.tenant_id, named.publication_name) as publication_id,
        case
            when named.active_status is null and named.status_column is null then null
            when named.source_campaign is null then 'no_campaign'
            when known.registered_count > 0 and known.campaign_count = 0 then 'unknown_campaign'
            when known.registered_count > 0 and known.partner_count = 0 then 'unknown_partner'
        end as refusal_code
    from named
    inner join known on named.file_id = known.file_id
)

select * from final
