{{ config(
    unique_key=['file_id', 'line_number', 'column_name'],
    pre_hook="{% if is_incremental() %}delete from {{ this }} where file_id in (select file_id from {{ ref('int_files__told') }}){% endif %}"
) }}

-- As of the delivery that tells of the file. A row that is rejected is told of as a whole.
with

dropped as (
    select
        log_id,
        row_id,
        unnest(dropped_cells) as cell
    from {{ ref('int_rows__matched') }}
    where dropped_cells is not null
),

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome not in ('rejected', 'filtered')
),

files as (
    select * from {{ ref('int_files__told') }}
),

final as (
    select
        files.file_id,
        dropped.cell.column_name,
        dropped.cell.code,
        dropped.cell.text as raw_text,
        line_of_row(dropped.row_id) as line_number
    from dropped
    semi join outcomes on dropped.log_id = outcomes.log_id and dropped.row_id = outcomes.row_id
    inner join files on file_of_row(dropped.row_id) = files.file_id and dropped.log_id = files.log_id
)

select * from final
