-- One row per row of this run in a file that is linked to profiles or groups (B10): the row of the root file that it
-- belongs to, whose contact (or group) it is about. That is the row that the join columns name; of several about the
-- same contact the first or last, as of duplicates (X2). `identifier_type`, `identifier_value`: the first identifier of
-- that row; `code`: why there is none, unless the row itself has a code.
with

files as (
    select
        files.log_id,
        files.file_id,
        deliveries.is_complete,
        feeds.on_duplicate
    from {{ ref('int_delivery_files') }} as files
    inner join {{ ref('int_deliveries') }} as deliveries on files.log_id = deliveries.log_id
    inner join {{ ref('stg_muster__feeds') }} as feeds on deliveries.feed = feeds.feed
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

linked as (
    {{ rows_of_run_of(linked_to(kinds_with_properties())) }}
),

sent as (
    {{ rows_of_run_of(roots_with_properties()) }}
),

{% if feeds_with('invalid_cells', 'reject') -%}
{{ read_rows_of('sent') }},

{% endif -%}

-- Once, not for each use of the code: the engine would write out what it is made of again and again.
roots as materialized (
    select
        files.log_id,
        sent.link_key,
        sent.row_id,
        sent.filter_code,
        struct_pack(type := sent.identifier_type, value := sent.identifier_value) as identifier,
        coalesce(
            sent.file_code,
            sent.filter_code,
            sent.row_code
            {%- if feeds_with('invalid_cells', 'reject') %},
            case when sent.rejects_invalid_cells then first_invalid(sent.dropped_cells) end
            {%- endif %}
        ) as code
    from {{ 'read_rows' if feeds_with('invalid_cells', 'reject') else 'sent' }} as sent
    inner join files on sent._file_id = files.file_id
    where sent.link_key is not null
),

by_key as (
    select
        log_id,
        link_key,
        min(identifier) filter (where code is null) as least_identifier,
        max(identifier) filter (where code is null) as greatest_identifier,
        min(row_id) filter (where code is null) as first_row_id,
        max(row_id) filter (where code is null) as last_row_id,
        min(filter_code) as filter_code,
        bool_and(filter_code is not null) as is_filtered
    from roots
    group by log_id, link_key
),

judged as (
    select
        files.log_id,
        linked.row_id,
        by_key.least_identifier as identifier,
        coalesce(by_key.is_filtered, false) as is_filtered,
        if(files.on_duplicate = 'first', by_key.first_row_id, by_key.last_row_id) as root_row_id,
        case
            when linked.row_code is not null or not files.is_complete then null
            when by_key.link_key is null then 'no_root_row'
            when by_key.is_filtered then by_key.filter_code
            when by_key.last_row_id is null then 'root_row_rejected'
            when by_key.least_identifier <> by_key.greatest_identifier then 'several_root_rows'
        end as code
    from linked
    inner join files on linked._file_id = files.file_id
    left join by_key on files.log_id = by_key.log_id and linked.link_key = by_key.link_key
),

final as (
    select
        log_id,
        row_id,
        code,
        case when code is null then root_row_id end as root_row_id,
        case when code is null then identifier.type end as identifier_type,
        case when code is null then identifier.value end as identifier_value,
        code is not null and is_filtered as is_filtered
    from judged
)

select * from final
