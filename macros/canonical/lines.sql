{#-
    Whether a staged row is on one of the lines of some models, or on a line of the same number of another of their files. Files and lines
    are asked for apart, and by columns as they are stored: so the engine looks while it scans, and processes the cells of hardly any other
    row. `row_ids`: each model with those of its columns that name lines; null names none.
-#}
{% macro is_on_a_line_of(row_ids) -%}
    {%- set columns = [] -%}
    {%- for model, names in row_ids.items() -%}
        {%- for name in names -%}
            {%- do columns.append((model, 'wanted.' ~ name)) -%}
        {%- endfor -%}
    {%- endfor -%}
    _file_id in (
        {%- for model, row_id in columns %}
        select file_of_row({{ row_id }}) from {{ model }} as wanted where {{ row_id }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
    and _line_number in (
        {%- for model, row_id in columns %}
        select line_of_row({{ row_id }}) from {{ model }} as wanted where {{ row_id }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
