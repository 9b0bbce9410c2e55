{#- A text as a literal, quotes and all: dbt's own string_literal leaves them as they are. -#}
{% macro text_literal(text) -%}
    '{{ text | string | replace("'", "''") }}'
{%- endmacro %}

{#- Texts as a list of literals. -#}
{% macro quoted(texts) -%}
    {%- for text in texts %}{{ text_literal(text) }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
