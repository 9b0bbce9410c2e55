-- R9: what the jobs say they added and removed is what the spells say.
with

jobs as (
    select * from {{ ref('import_jobs') }}
),

changes as (
    select
        file_id,
        count(*) filter (where change = 'added') as added_count,
        count(*) filter (where change = 'removed') as removed_count,
        count(*) filter (where change = 'deleted') as deleted_count
    from {{ ref('membership_changes') }}
    where change <> 'expired'
    group by file_id
),

compared as (
    select
        jobs.file_id,
        changes.file_id as changing_file_id,
        jobs.added_count,
        jobs.removed_count,
        jobs.deleted_count,
        coalesce(changes.added_count, 0) as spells_begun,
        coalesce(changes.removed_count, 0) as spells_ended,
        coalesce(changes.deleted_count, 0) as spells_deleted
    from jobs
    full join changes on jobs.file_id = changes.file_id
)

select * from compared
where file_id is null or added_count <> spells_begun or removed_count <> spells_ended
    or deleted_count <> spells_deleted
