{#-
    The cells of all declared properties, each under its name: those that are no columns of the source table are looked up among the
    undeclared ones; `columns` that are no properties are given as well. Columns that are called otherwise than their properties are
    given as a mapping of properties to columns.
-#}
{% macro property_cells(relation_alias, columns) -%}
    {%- for property in properties_and(columns) %}
        {%- if property in columns %}
        cell({{ relation_alias }}.{{ columns[property] if columns is mapping else property }}) as {{ property }}{{ ',' if not loop.last }}
        {%- else %}
        case
            when {{ relation_alias }}._extra is not null then cell({{ relation_alias }}._extra['{{ property }}'])
        end as {{ property }}{{ ',' if not loop.last }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- The declared properties, then those of the columns that are none. -#}
{% macro properties_and(columns) -%}
    {{ return((var('contact_properties') | list) + (columns | reject('in', var('contact_properties')) | list)) }}
{%- endmacro %}

{#- The properties of a row that has their cells (`property_cells`); all else are the others. -#}
{% macro all_properties(columns) -%}
    {%- set provided = {} -%}
    {%- for property in properties_and(columns) -%}
        {%- do provided.update({property: property}) -%}
    {%- endfor -%}
    {{ return(pack_properties(provided=provided, other=other_properties('_extra'))) }}
{%- endmacro %}
