{{ config(materialized='view') }}

-- Of every property the value that was said last, by the times of the files: an empty cell says nothing.
with

told as (
    select
        tenant_id,
        struct_pack(sent_at := sent_at, log_id := tellings[-1].log_id) as telling,
        unnest(list_filter(nested_events, lambda nested: nested.is_in_store)) as said  -- noqa: RF01
    from {{ ref('timeline_events') }}
),

cells as (
    select
        tenant_id,
        said.product_id,
        struct_pack(telling := telling, file_id := said._file_id, line_number := said._line_number) as place,
        unnest(list_append(map_entries(said.properties), null)) as cell  -- null for the line itself
    from told
),

last_cells as (
    select
        tenant_id,
        product_id,
        struct_pack(key := cell.key, value := arg_max(cell.value, place)) as said_last,
        max(place) as place
    from cells
    group by tenant_id, product_id, cell.key
),

final as (
    select
        tenant_id,
        product_id,
        map_from_entries(list(said_last order by said_last.key) filter (where said_last.key is not null)) as properties,
        max(place).telling.log_id as log_id,
        max(place).file_id as _file_id,
        max(place).line_number as _line_number
    from last_cells
    group by tenant_id, product_id
)

select * from final
