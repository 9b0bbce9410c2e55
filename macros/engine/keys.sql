{#- The key of an entity that is named by text: a hash with a separator and a null placeholder, 128 bits. -#}
{% macro hash_key(columns) -%}
    {{ return(adapter.dispatch('hash_key', 'muster')(columns)) }}
{%- endmacro %}

{% macro duckdb__hash_key(columns) -%}
    cast(md5(
        {%- for column in columns %}coalesce({{ column }}, '~null~'){% if not loop.last %} || '|' || {% endif %}{% endfor -%}
    ) as uuid)
{%- endmacro %}

{#- The number of a line of a file. A contact is named by the line that created it, whatever else is in the log. -#}
{% macro row_id(file_id, line_number) -%}
    {{ file_id }} * 4294967296 + {{ line_number }}
{%- endmacro %}

{% macro file_of_row(row_id) -%}
    {{ row_id }} // 4294967296
{%- endmacro %}

{% macro line_of_row(row_id) -%}
    {{ row_id }} % 4294967296
{%- endmacro %}

{#-
    Whether a staged row is on one of the lines of a model, or on a line of the same number of another of its files. Files and lines are
    asked for apart, and by columns as they are stored: so the engine looks while it scans, and processes the cells of hardly any other row.
-#}
{% macro is_on_a_line_of(model, row_id) -%}
    _file_id in (select {{ file_of_row('wanted.' ~ row_id) }} from {{ model }} as wanted)
    and _line_number in (select {{ line_of_row('wanted.' ~ row_id) }} from {{ model }} as wanted)
{%- endmacro %}

{#- The place of a row in the order in which everything happens: first the log entry that applies it, then the row. -#}
{% macro position(log_id, row_id) -%}
    cast({{ log_id }} as hugeint) * 18446744073709551616 + {{ row_id }}
{%- endmacro %}

{#- A number of several cells, the same for equal ones; another version of the engine may give others. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'muster')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
