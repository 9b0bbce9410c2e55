{#-
    Whether a staged row is on one of the lines of a model, or on a line of the same number of another of its files. Files and lines are
    asked for apart, and by columns as they are stored: so the engine looks while it scans, and processes the cells of hardly any other row.
-#}
{% macro is_on_a_line_of(model, row_id) -%}
    _file_id in (select file_of_row(wanted.{{ row_id }}) from {{ model }} as wanted)
    and _line_number in (select line_of_row(wanted.{{ row_id }}) from {{ model }} as wanted)
{%- endmacro %}
