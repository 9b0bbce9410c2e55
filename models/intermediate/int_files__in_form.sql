-- One row per file version up to the end of this run that is not a duplicate (X4), and whether it is a part of a
-- delivery in parts (A2) or with linked files (B10).
with

files as (
    select * from {{ ref('stg_muster__files') }}
    where duplicate_of is null and file_id <= (select run.last_log_id from {{ ref('int_run') }} as run)
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

-- With or without a number: the first file of a delivery decides for all of them.
forms as (
    select
        feed,
        delivery,
        arg_min(part_number is not null, file_id) as is_numbered,
        arg_min(path, file_id) as first_path
    from files
    where role = 'data' and may_have_parts
    group by feed, delivery
),

final as (
    select
        files.file_id,
        files.feed,
        files.path,
        files.role,
        files.tenant_id,
        files.segment_id,
        files.segment_name,
        files.sent_at,
        files.delivery,
        files.part_number,
        files.refusal_code,
        files.line_count,
        files.unreadable_count,
        coalesce(feeds.root_feed, files.feed) as delivery_feed,
        -- Each name of a delivery with linked files is there once.
        case
            when feeds.root_feed is not null then files.path = forms.first_path
            else coalesce(files.role = 'data' and files.part_number is not null and forms.is_numbered, false)
        end as is_part,
        case
            when feeds.root_feed is not null then files.path <> forms.first_path
            else coalesce(files.role = 'data' and (files.part_number is not null) <> forms.is_numbered, false)
        end as is_in_wrong_form,
        row_number() over (partition by files.feed, files.path order by files.file_id) = 1 as is_first_version
    from files
    inner join feeds on files.feed = feeds.feed
    left join forms on files.feed = forms.feed and files.delivery = forms.delivery and files.may_have_parts
)

select * from final
