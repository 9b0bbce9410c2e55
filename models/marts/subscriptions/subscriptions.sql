{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('subscription_versions') }}
),

firsts as (
    select * from versions
    where is_first
),

efforts as (
    select * from {{ ref('campaign_efforts') }}
),

tags as (
    select
        publication_id,
        contact_id,
        list(tag order by tag) as tags
    from {{ ref('subscription_tags') }}
    where valid_to_log_id is null
    group by publication_id, contact_id
),

final as (
    select
        versions.tenant_id,
        versions.publication_id,
        versions.publication_name,
        versions.contact_id,
        versions.status,
        efforts.source_campaign,
        efforts.source_partner,
        versions.started_at,
        versions.ended_at,
        versions.auto_renews,
        versions.sms_phone,
        firsts.changed_at as created_at,
        versions.changed_at,
        versions.effort_file_id,
        versions.valid_from_log_id,
        coalesce(tags.tags, []) as tags
    from versions
    inner join firsts
        on versions.publication_id = firsts.publication_id and versions.contact_id = firsts.contact_id
    left join efforts on versions.effort_file_id = efforts.file_id
    left join tags on versions.publication_id = tags.publication_id and versions.contact_id = tags.contact_id
    where versions.valid_to_log_id is null
)

select * from final
