{{ config(materialized='view') }}

with

runs as (
    select * from {{ source('exported', 'runs') }}
),

files as (
    select
        run_id,
        list(name order by file_number) as file_names,
        sum(size_bytes) as size_bytes,
        any_value(connection) as connection_name,
        any_value(directory) as directory
    from {{ source('exported', 'files') }}
    group by run_id
),

final as (
    select
        runs.run_id,
        runs.export,
        runs.state,
        runs.moment,
        runs.log_id,
        files.connection_name,
        files.directory,
        files.file_names,
        cast(files.size_bytes as bigint) as size_bytes,
        runs.member_count,
        runs.row_count,
        runs.new_count,
        runs.changed_count,
        runs.returned_count,
        runs.unchanged_count,
        runs.left_count,
        runs.filtered_count,
        runs.left_out_count,
        runs.over_threshold_count,
        runs.guarded_count,
        runs.detail,
        runs.prepared_at,
        runs.delivered_at
    from runs
    left join files on runs.run_id = files.run_id
)

select * from final
