-- One row per row with which a row of this run is compared (B6): its cells, looked up where they landed.
{%- for feed in var('feeds') %}
-- depends_on: {{ ref('stg_' ~ feed) }}
{%- endfor %}
{%- set feeds = feeds_with('unchanged_cells', 'skip') %}

with

staged as (
    {%- for feed in feeds %}
    select
        {{ row_id('_file_id', '_line_number') }} as row_id,
        properties
    from {{ ref('stg_' ~ feed) }}
    where {{ is_on_a_line_of(ref('int_imported_rows'), 'last_row_id') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- if not feeds %}
    select
        cast(null as bigint) as row_id,
        {{ pack_properties() }} as properties
    where false
    {%- endif %}
),

final as (
    select * from staged
    where row_id in (select compared.last_row_id from {{ ref('int_imported_rows') }} as compared)
)

select * from final
