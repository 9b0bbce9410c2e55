{#-
    A cell as it counts: trimmed of spaces, tabs and line ends (A1). '' is an empty cell, null a column that was not sent.
-#}
{% macro cell(column) -%}
    trim({{ column }}, ' ' || chr(9) || chr(10) || chr(13))
{%- endmacro %}

{#- The same for identifiers: an empty cell identifies nobody. -#}
{% macro filled_cell(column) -%}
    nullif({{ cell(column) }}, '')
{%- endmacro %}
