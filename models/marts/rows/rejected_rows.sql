{{ config(
    unique_key=['file_id', 'line_number'],
    pre_hook="{% if is_incremental() %}delete from {{ this }} where file_id in (select file_id from {{ ref('int_files__told') }}){% endif %}"
) }}

-- A line that was rejected once may be accepted when its delivery is applied again: what counts is the last time, as in
-- the file's import job.
with

outcomes as (
    select
        log_id,
        row_id,
        code
    from {{ ref('int_rows__outcome') }}
    where outcome = 'rejected'
    union all
    select
        log_id,
        row_id,
        code
    from {{ ref('int_linked_rows') }}
    where outcome = 'rejected'
),

unreadable_lines as (
    select * from {{ source('muster', 'unreadable_lines') }}
),

files as (
    select * from {{ ref('int_files__told') }}
),

coded as (
    select
        files.file_id,
        outcomes.code,
        line_of_row(outcomes.row_id) as line_number
    from outcomes
    inner join files on file_of_row(outcomes.row_id) = files.file_id and outcomes.log_id = files.log_id
),

-- The text of each rejected row, looked up where it landed.
with_text as (
    select
        cast(null as bigint) as file_id,
        cast(null as bigint) as line_number,
        cast(null as varchar) as code,
        cast(null as varchar) as raw_text
    from coded
    where false
    {%- for feed in feed_kinds() %}
    union all by name
    select
        coded.file_id,
        coded.line_number,
        coded.code,
        row_as_sent(landed) as raw_text  -- noqa: RF02
    from coded
    inner join {{ source(feed.split('__')[0], feed.split('__')[1]) }} as landed
        on coded.file_id = landed._file_id and coded.line_number = landed._line_number
    {%- endfor %}
),

final as (
    select
        file_id,
        line_number,
        code,
        cast(null as bigint) as byte_offset,
        raw_text
    from with_text
    union all
    select
        unreadable_lines.file_id,
        unreadable_lines.line_number,
        unreadable_lines.code,
        unreadable_lines.byte_offset,
        unreadable_lines.raw_text
    from unreadable_lines
    inner join files on unreadable_lines.file_id = files.file_id
)

select * from final
