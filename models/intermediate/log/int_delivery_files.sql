-- One row per delivery of this run and file in it: of each path the latest version up to then.
with

deliveries as (
    select * from {{ ref('int_deliveries') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
    where duplicate_of is null
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

-- Imports whose campaign effort cannot be created (O6).
requests as (
    select * from {{ ref('stg_muster__requests') }}
    where refusal_code is not null
),

-- A file that is a delivery, or a part of one that is not complete; else of each part the latest version.
versions as (
    select
        deliveries.log_id,
        files.*,
        1 as versions_back
    from deliveries
    inner join files on deliveries.log_id = files.file_id
    where not (deliveries.is_in_parts and deliveries.is_complete)
    union all
    select
        deliveries.log_id,
        files.*,
        row_number() over (partition by deliveries.log_id, files.path order by files.file_id desc) as versions_back
    from deliveries
    inner join files
        on
            deliveries.feed = files.delivery_feed
            and deliveries.delivery = files.delivery
            and deliveries.log_id >= files.file_id
    where deliveries.is_in_parts and deliveries.is_complete and files.is_part
),

final as (
    select
        versions.log_id,
        versions.file_id,
        versions.feed,
        versions.tenant_id,
        versions.segment_id,
        versions.segment_name,
        versions.line_count,
        -- Of a linked file they are its own: the rows of the root decide (11).
        if(coalesce(feeds.root_feed, feeds.feed) = feeds.feed, versions.unreadable_count, 0) as unreadable_count,
        versions.sent_at > versions.landed_at + feeds.max_ahead as is_ahead,
        case
            when versions.is_in_wrong_form and feeds.root_feed is not null then 'name_not_unique'
            when versions.is_in_wrong_form then 'part_number_conflict'
            else coalesce(versions.refusal_code, requests.refusal_code)
        end as refusal_code
    from versions
    inner join feeds on versions.feed = feeds.feed
    left join requests on versions.file_id = requests.file_id
    where versions.versions_back = 1
)

select * from final
