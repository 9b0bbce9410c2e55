{#- Lambdas of two parameters, which sqlfluff does not read: tests/sqlfluff/dbt_context stands in for these macros. -#}

{#- A list without repetitions, in its order. -#}
{% macro each_once(list) -%}
    list_filter({{ list }}, lambda one, place: list_position({{ list }}, one) = place)
{%- endmacro %}

{#- Entries of a map, of those with one key the first. -#}
{% macro first_of_each_key(entries) -%}
    list_filter(
        {{ entries }},
        lambda entry, place: list_position(list_transform({{ entries }}, lambda one: one.key), entry.key) = place
    )
{%- endmacro %}
