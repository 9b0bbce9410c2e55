{#- A whole row of a table as one value. -#}
{% macro whole_row(relation_alias) -%}
    {{ return(adapter.dispatch('whole_row', 'muster')(relation_alias)) }}
{%- endmacro %}

{% macro duckdb__whole_row(relation_alias) -%}
    {{ relation_alias }}
{%- endmacro %}

{#- A landing row for people to read: a JSON object of its cells as sent, without columns that the file lacks. -#}
{% macro row_as_sent(whole_row) -%}
    {{ return(adapter.dispatch('row_as_sent', 'muster')(whole_row)) }}
{%- endmacro %}

{% macro duckdb__row_as_sent(whole_row) -%}
    cast(json_merge_patch(
        json_merge_patch('{}', to_json({{ whole_row }})), '{"_file_id": null, "_line_number": null}'
    ) as varchar)
{%- endmacro %}
