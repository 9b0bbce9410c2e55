{#- The columns of the shape that all staging models end in, for feeds that have nothing to say there. -#}

{#- For feeds without filters (B11). -#}
{% macro no_filter() -%}
    cast(null as varchar) as filter_code
{%- endmacro %}

{#- For feeds without linked files (B10). -#}
{% macro no_link() -%}
    cast(null as varchar) as link_key
{%- endmacro %}

{#- For feeds whose rows are no timeline events (B12). -#}
{% macro no_event() -%}
    cast(null as struct(type varchar, id varchar, occurred_at timestamp, properties map(varchar, varchar))) as event
{%- endmacro %}

{#- For feeds that apply every cell (B6). -#}
{% macro no_row_hash() -%}
    cast(null as ubigint) as row_hash
{%- endmacro %}

{#- What rows of linked files name a row by (B10): the cells of the columns of the join; null if one is empty. -#}
{% macro link_key(columns) -%}
    {{ columns | join(" || " ~ value_separator() ~ " || ") }} as link_key
{%- endmacro %}

{#- A timeline event (B12): its type, id, moment (UTC) and properties. -#}
{% macro pack_event(type, id, occurred_at, properties) -%}
    struct_pack(
        type := cast({{ type }} as varchar),
        id := {{ id }},
        occurred_at := {{ occurred_at }},
        properties := cast({{ properties }} as map(varchar, varchar))
    )
{%- endmacro %}
