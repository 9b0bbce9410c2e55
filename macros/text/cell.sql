{#-
    A cell as it counts: trimmed of spaces, tabs and line ends (A1). '' is an empty cell, null a column that was not sent.
    Hardly any cell has something to trim, and looking at its ends costs a fifth of trimming.
-#}
{% macro cell(column) -%}
    case
        when {{ column }} < '!' or {{ last_character(column) }} < '!'
            then trim({{ column }}, ' ' || chr(9) || chr(10) || chr(13))
        else {{ column }}
    end
{%- endmacro %}

{#- The same for identifiers: an empty cell identifies nobody. -#}
{% macro filled_cell(column) -%}
    nullif({{ cell(column) }}, '')
{%- endmacro %}
