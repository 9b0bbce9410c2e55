-- One row per readable line and delivery of this run in which it takes part: the canonical shape that all partners
-- share.
{{ config(materialized='view') }}

with

files as (
    select * from {{ ref('int_delivery_files') }}
),

-- Joined stream by stream, so that the engine sees how little of each a run reads.
rows_of_all_feeds as (
    {%- for feed in var('feeds') %}
    select
        staged.*,
        files.log_id,
        '{{ feed }}' as feed,
        files.tenant_id,
        files.segment_id
    from {{ ref('stg_' ~ feed) }} as staged
    inner join files on staged._file_id = files.file_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        log_id,
        {{ row_id('_file_id', '_line_number') }} as row_id,
        feed,
        tenant_id,
        coalesce(
            segment_id,
            case when segment_name is not null then {{ hash_key(['tenant_id', 'segment_name']) }} end
        ) as segment_id,
        segment_name,
        identifier_type,
        identifier_value,
        identifiers,
        properties,
        coalesce(filter_code, row_code) as row_code,
        file_code,
        command,
        filter_code is not null as is_filtered,
        link_key,
        event,
        row_hash,
        _line_number
    from rows_of_all_feeds
)

select * from final
