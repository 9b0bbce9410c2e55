{#-
    The one place where a query reads the clock: naive UTC. Tests set it: `set variable muster_now = timestamp '...'`.
-#}
{% macro utc_now() -%}
    {{ return(adapter.dispatch('utc_now', 'muster')()) }}
{%- endmacro %}

{% macro duckdb__utc_now() -%}
    coalesce(cast(getvariable('muster_now') as timestamp), cast(current_timestamp at time zone 'UTC' as timestamp))
{%- endmacro %}
