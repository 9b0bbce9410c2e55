{#-
    What this run has to read, asked of the database when a model is compiled: how rows are best compared with the state depends
    on how many of which kind there are, and the engine cannot tell from the landing tables.
-#}

{#- `compared`: there are rows of feeds that apply every cell; `hashed`: of such that skip what is unchanged (B6). -#}
{% macro kinds_of_rows() -%}
    {%- set kinds = [] -%}
    {%- set files = load_relation(ref('int_delivery_files')) if execute else none -%}
    {%- if files is not none -%}
        {%- set found = run_query(
            "select distinct feed in (" ~ skipping_feeds() ~ ") from " ~ files ~ " where line_count > 0"
        ) -%}
        {%- for row in found.rows -%}
            {%- do kinds.append('hashed' if row[0] else 'compared') -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(kinds | join(' ') or 'compared') }}
{%- endmacro %}

{#- Whether this run has few rows beside the identifiers that are known. -#}
{% macro is_small_run() -%}
    {%- set identifiers = state_relation('contact_identifiers') if execute else none -%}
    {%- set files = load_relation(ref('int_delivery_files')) if execute else none -%}
    {%- if identifiers is none or files is none or is_full_refresh() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set found = run_query(
        "select coalesce((select sum(line_count) from " ~ files ~ "), 0) * 10 < (select count(*) from " ~ identifiers ~ ")"
    ) -%}
    {{ return(found.rows[0][0]) }}
{%- endmacro %}
