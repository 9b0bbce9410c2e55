{#-
    Whether a staged row is on one of the lines of a model, or on a line of the same number of another of its files. Files and lines are
    asked for apart, and by columns as they are stored: so the engine looks while it scans, and processes the cells of hardly any other row.
    `row_ids`: the columns of the model that name lines; null names none.
-#}
{% macro is_on_a_line_of(model, row_ids) -%}
    _file_id in (
        {%- for row_id in row_ids %}
        select file_of_row(wanted.{{ row_id }}) from {{ model }} as wanted where wanted.{{ row_id }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
    and _line_number in (
        {%- for row_id in row_ids %}
        select line_of_row(wanted.{{ row_id }}) from {{ model }} as wanted where wanted.{{ row_id }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
