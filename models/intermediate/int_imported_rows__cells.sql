-- One row per row with which a row of this run is compared (B6): its cells, looked up where they landed.
{%- for feed in var('feeds') %}
-- depends_on: {{ ref('stg_' ~ feed) }}
{%- endfor %}
{%- set feeds = feeds_with('unchanged_cells', 'skip') %}

with

wanted as (
    select distinct
        {{ file_of_row('last_row_id') }} as _file_id,
        {{ line_of_row('last_row_id') }} as _line_number
    from {{ ref('int_imported_rows') }}
    where last_row_id is not null
),

final as (
    {%- for feed in feeds %}
    select
        {{ row_id('staged._file_id', 'staged._line_number') }} as row_id,
        staged.properties
    from {{ ref('stg_' ~ feed) }} as staged
    inner join wanted on staged._file_id = wanted._file_id and staged._line_number = wanted._line_number
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if not feeds %}
    select
        cast(null as bigint) as row_id,
        {{ pack_properties() }} as properties
    where false
    {%- endif %}
)

select * from final
