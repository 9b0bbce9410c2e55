{#-
    Whether a text is JSON. DuckDB's parser takes a comma before a closing bracket, NaN and Infinity as well: where there
    could be one, what is outside of the strings is looked at.
-#}
{% macro is_json(column) -%}
    {{ return(adapter.dispatch('is_json', 'muster')(column)) }}
{%- endmacro %}

{% macro duckdb__is_json(column) -%}
    case
        when not json_valid({{ column }}) then false
        when regexp_matches({{ column }}, '(?i),\s*[\]}]|nan|inf')
            then not regexp_matches(
                regexp_replace({{ column }}, '"(\\.|[^"\\])*"', '""', 'g'), '(?i),\s*[\]}]|nan|inf'
            )
        else true
    end
{%- endmacro %}
