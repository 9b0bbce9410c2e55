-- One row per readable line and delivery of this run in which it takes part, unless it is known to be unchanged: the
-- canonical shape that all partners share, its cells read by their types (X10).
-- For whoever looks at it (`--target on_disk`, previews) it is a view; else it is planned once less in a build.
{{ config(materialized='view' if target.name == 'on_disk' else 'ephemeral') }}
-- depends_on: {{ ref('int_rows__unchanged') }}

with

rules as (
    select * from {{ ref('int_merge_rules') }}
),

rows_of_files as (
    {{ rows_of_deliveries(
        declared_feeds() | reject('in', feeds_that_apply(['commands']) + feeds_with('unchanged_cells', 'skip')) | list
    ) }}
    {%- if feeds_with('unchanged_cells', 'skip') %}
    union all by name
    {{ rows_of_deliveries(feeds_with('unchanged_cells', 'skip'), only_to_read=true) }}
    {%- endif %}
    {%- if feeds_that_apply(['commands']) %}
    union all by name
    {{ command_rows() }}
    {%- endif %}
    {%- if linked_to(kinds_with_properties()) %}
    union all by name
    {{ linked_rows() }}
    {%- endif %}
),

{{ read_rows_of('rows_of_files') }},

final as (
    select
        log_id,
        feed,
        tenant_id,
        segment_name,
        identifier_type,
        identifier_value,
        identifiers,
        properties,
        command,
        link_key,
        event,
        sms_phone,
        status,
        dropped_cells,
        -- Of feeds that apply every cell, a row like the last one may still bring an identifier.
        case when feed in ({{ skipping_feeds() }}) then coalesce(row_hash, {{ hash_of_row() }}) end as row_hash,
        row_id(_file_id, _line_number) as row_id,
        segment_of_row(segment_of_file, tenant_id, segment_name) as segment_id,
        coalesce(
            file_code, filter_code, row_code, case when rejects_invalid_cells then first_invalid(dropped_cells) end
        ) as row_code,
        filter_code is not null as is_filtered,
        file_code is not null as spoils_file
    from read_rows
)

select * from final
