{#- Whether all of `column` matches a regular expression. Write [0-9], not backslashes: engines differ in them. -#}
{% macro matches(column, pattern) -%}
    {{ return(adapter.dispatch('matches', 'muster')(column, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches(column, pattern) -%}
    regexp_full_match({{ column }}, '{{ pattern }}')
{%- endmacro %}
