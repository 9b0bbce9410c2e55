-- One row per readable line and delivery of this run in which it takes part: the canonical shape that all partners
-- share.
{{ config(materialized='view') }}

with

files as (
    select * from {{ ref('int_delivery_files') }}
),

rows_of_all_feeds as (
    select * from {{ ref('stg_attentive__segments') }}
    union all
    select * from {{ ref('stg_attentive__subscribers') }}
    union all
    select * from {{ ref('stg_remarkety__lists') }}
    union all
    select * from {{ ref('stg_mediarithmics__user_segments') }}
    union all
    select * from {{ ref('stg_optipub__imports') }}
),

final as (
    select
        files.log_id,
        {{ row_id('rows_of_all_feeds._file_id', 'rows_of_all_feeds._line_number') }} as row_id,
        files.feed,
        files.tenant_id,
        coalesce(
            files.segment_id,
            case
                when rows_of_all_feeds.segment_name is not null
                    then {{ hash_key(['files.tenant_id', 'rows_of_all_feeds.segment_name']) }}
            end
        ) as segment_id,
        rows_of_all_feeds.segment_name,
        rows_of_all_feeds.identifier_type,
        rows_of_all_feeds.identifier_value,
        rows_of_all_feeds.identifiers,
        rows_of_all_feeds.properties,
        rows_of_all_feeds.row_code,
        rows_of_all_feeds.file_code,
        rows_of_all_feeds.command
    from rows_of_all_feeds
    inner join files on rows_of_all_feeds._file_id = files.file_id
)

select * from final
