-- One row per delivery of this run and file in it: of each path the latest version up to then.
with

deliveries as (
    select * from {{ ref('int_deliveries__pending') }}
),

files as (
    select * from {{ ref('int_files__in_form') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

single_files as (
    select
        deliveries.log_id,
        files.*
    from deliveries
    inner join files on deliveries.log_id = files.file_id
    where not (deliveries.is_in_parts and deliveries.is_complete)
),

versions as (
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

-- Imports whose campaign effort cannot be created (O6).
requests as (
    select * from {{ ref('stg_muster__requests') }}
    where refusal_code is not null
),

latest as (
    select * from single_files
    union all
    select * exclude (versions_back) from versions
    where versions_back = 1
),

final as (
    select
        latest.log_id,
        latest.file_id,
        latest.feed,
        latest.tenant_id,
        latest.segment_id,
        latest.segment_name,
        latest.line_count,
        latest.unreadable_count,
        case
            when latest.is_in_wrong_form and feeds.root_feed is not null then 'name_not_unique'
            when latest.is_in_wrong_form then 'part_number_conflict'
            else coalesce(latest.refusal_code, requests.refusal_code)
        end as refusal_code
    from latest
    inner join feeds on latest.feed = feeds.feed
    left join requests on latest.file_id = requests.file_id
)

select * from final
