-- X1: a job's count of rejected lines is the number of its lines in rejected_rows, and each says why.
with

jobs as (
    select * from {{ ref('import_jobs') }}
),

rejected as (
    select
        file_id,
        count(code) as kept_count
    from {{ ref('rejected_rows') }}
    group by file_id
),

compared as (
    select
        jobs.file_id,
        jobs.path,
        jobs.rejected_count,
        coalesce(rejected.kept_count, 0) as kept_count
    from jobs
    left join rejected on jobs.file_id = rejected.file_id
)

select * from compared
where rejected_count <> kept_count
