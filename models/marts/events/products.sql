{{ config(materialized='view') }}

-- Of every property the value that was said last, by the times of the files: an empty cell says nothing.
with

told as (
    select
        tenant_id,
        sent_at,
        list_max(told_log_ids) as log_id,
        unnest(nested_events) as said
    from {{ ref('timeline_events') }}
),

final as (
    select
        tenant_id,
        said.product_id,
        map_of(first_of_each_key(flatten(list(
            map_entries(said.properties) order by sent_at desc, log_id desc, said._file_id desc, said._line_number desc
        ) filter (where said.properties is not null)))) as properties,
        arg_max(log_id, (sent_at, log_id, said._file_id, said._line_number)) as log_id,
        arg_max(said._file_id, (sent_at, log_id, said._file_id, said._line_number)) as _file_id,
        arg_max(said._line_number, (sent_at, log_id, said._file_id, said._line_number)) as _line_number
    from told
    where said.is_in_store
    group by tenant_id, said.product_id
)

select * from final
