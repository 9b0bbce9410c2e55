{#- The first rule that a known property of the feed breaks (R11), as branches of a `case`; `of`: those that it has. -#}
{% macro invalid_known_property(of=none) -%}
    {%- set sent = var('contact_properties') if of is none else of -%}
    {%- if 'created_at' in sent %}
            when created_at <> '' and not is_timestamp_with_offset(created_at) then 'invalid_created_at'
    {%- endif %}
    {%- if 'opt_in_status' in sent %}
            when opt_in_status not in ('', '0', '1') then 'invalid_opt_in_status'
    {%- endif %}
    {%- if 'gender' in sent %}
            when gender not in ('', 'male', 'female') then 'invalid_gender'
    {%- endif %}
    {%- if 'birthdate' in sent %}
            when birthdate <> '' and not is_date(birthdate) then 'invalid_birthdate'
    {%- endif %}
{%- endmacro %}

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
