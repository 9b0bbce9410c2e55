{#- The last character of a text, null or empty if there is none. -#}
{% macro last_character(column) -%}
    {{ return(adapter.dispatch('last_character', 'muster')(column)) }}
{%- endmacro %}

{% macro duckdb__last_character(column) -%}
    {{ column }}[-1]
{%- endmacro %}
