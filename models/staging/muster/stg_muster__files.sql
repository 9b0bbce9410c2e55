-- One row per version of a file that was landed, and how it takes part in a delivery: as a part of one in parts (A2),
-- or of one with linked files (B10), the first file of which decides its form for all of them; or as the only part of
-- one that waits until it is closed, because a file before it was refused (C111).
with

files as (
    select * from {{ source('muster', 'files') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

forms as (
    select
        feed,
        delivery,
        arg_min(part_number is not null, file_id) as is_numbered,
        arg_min(path, file_id) as first_path
    from files
    where role = 'data' and delivery is not null and duplicate_of is null
    group by feed, delivery
),

first_versions as (
    select min(file_id) as file_id
    from files
    where duplicate_of is null
    group by feed, path, delivery
),

final as (
    select
        files.file_id,
        files.feed,
        files.path,
        files.role,
        files.tenant_id,
        files.segment_name,
        files.sent_at,
        files.landed_at,
        files.part_number,
        files.refusal_code,
        files.refusal_detail,
        files.line_count,
        files.unreadable_count,
        files.duplicate_of,
        coalesce(feeds.root_feed, files.feed) as delivery_feed,
        coalesce(files.delivery, files.path || ' #' || files.file_id) as delivery,
        case
            when files.segment_name is not null then hash_key(files.tenant_id, files.segment_name)
        end as segment_id,
        -- Each name of a delivery with linked files is there once.
        case
            when feeds.root_feed is not null then files.path = forms.first_path
            when files.waits_for is not null then true
            else coalesce(files.role = 'data' and files.part_number is not null and forms.is_numbered, false)
        end as is_part,
        case
            when feeds.root_feed is not null then files.path <> forms.first_path
            else coalesce(files.role = 'data' and (files.part_number is not null) <> forms.is_numbered, false)
        end as is_in_wrong_form,
        first_versions.file_id is not null as is_first_version,
        coalesce(feeds.is_awaited, true) as is_awaited
    from files
    left join feeds on files.feed = feeds.feed
    left join forms on files.feed = forms.feed and files.delivery = forms.delivery
    left join first_versions on files.file_id = first_versions.file_id
)

select * from final
