-- X1, from the landing tables on: the lines of a file are what was landed of it, and the outcomes of a job add up to
-- them.
-- The test beside import_jobs compares only the job's own numbers.
with

jobs as (
    select * from {{ ref('import_jobs') }}
),

landed as (
    {%- for feed in feed_kinds() %}
    select _file_id as file_id
    from {{ source(feed.split('__')[0], feed.split('__')[1]) }}
    union all
    {%- endfor %}
    select file_id
    from {{ source('muster', 'unreadable_lines') }}
),

landed_counts as (
    select
        file_id,
        count(*) as landed_count
    from landed
    group by file_id
),

compared as (
    select
        jobs.file_id,
        jobs.path,
        jobs.status,
        jobs.line_count,
        coalesce(landed_counts.landed_count, 0) as landed_count,
        jobs.accepted_count + jobs.rejected_count + jobs.ignored_count + jobs.duplicate_count
        + jobs.filtered_count + jobs.suppressed_count as outcome_count
    from jobs
    left join landed_counts on jobs.file_id = landed_counts.file_id
)

select * from compared
where
    (line_count is distinct from landed_count)
    or (outcome_count is distinct from landed_count)
