{#-
    The identifiers of a row, in the order in which they are tried (R10, X3): the first one as two columns, and a list of
    all of them only where there are several. `identifiers` maps each type to its expression.
-#}
{% macro first_identifier(identifiers) -%}
    case
        {%- for type, column in identifiers.items() %}
        when {{ column }} is not null then '{{ type }}'
        {%- endfor %}
    end as identifier_type,
    coalesce({{ identifiers.values() | join(', ') }}) as identifier_value,
    case
        when {% for column in identifiers.values() %}if({{ column }} is null, 0, 1){{ ' + ' if not loop.last }}{% endfor %} > 1
            then list_filter(
                [
                    {%- for type, column in identifiers.items() %}
                    struct_pack(type := '{{ type }}', value := {{ column }}){{ ',' if not loop.last }}
                    {%- endfor %}
                ],
                lambda identifier: identifier.value is not null
            )
    end as identifiers
{%- endmacro %}
