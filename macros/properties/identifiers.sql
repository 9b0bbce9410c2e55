{#-
    Whom a row is about (R10, X3, X10), said once for all staging models. `identifiers` maps each type, in the order in which they are
    tried, to its column. A staging model has `identifier_cells` (the cells as sent, `<column>_as_sent`), then `normal_forms` (under the
    name of the column; null where the cell is empty, a placeholder or invalid), and ends with what these say. `placeholders`: the texts
    that identify nobody in this feed, if it declares its own.
-#}

{#- Whether a text identifies nobody. -#}
{% macro placeholder(sent, placeholders) -%}
    {%- if placeholders is none -%}
    is_placeholder({{ sent }})
    {%- else -%}
    coalesce(list_contains([{{ quoted((placeholders | map('lower') | list) or ['']) }}], lower({{ sent }})), false)
    {%- endif -%}
{%- endmacro %}

{#- The identifiers as sent, without what nobody sees at their ends (C13); an empty cell is null. -#}
{% macro identifier_cells(relation_alias, identifiers) -%}
    {%- for column in identifiers.values() %}
        filled_text({{ relation_alias }}.{{ column }}) as {{ column }}_as_sent{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    Their normal forms. `phones='a4'`: they have one of the shapes of A4; else `country` is that of phones without a calling code, if the
    feed has one (`dialect.default_country`).
-#}
{% macro normal_forms(identifiers, placeholders=none, phones='international', country=none) -%}
    {%- for type, column in identifiers.items() %}
    {%- set sent = column ~ '_as_sent' %}
    {%- set normal_form = normal_form_of(type, sent, phones, country) %}
        {%- if type == 'email' and placeholders is none %}{# None of the usual ones is an address. #}
        {{ normal_form }} as {{ column }}{{ ',' if not loop.last }}
        {%- else %}
        case when not {{ placeholder(sent, placeholders) }} then {{ normal_form }} end as {{ column }}{{ ',' if not loop.last }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- The normal form of one kind of identifier, null if the text is none. -#}
{% macro normal_form_of(type, sent, phones='international', country=none) -%}
    {%- if type == 'email' -%}
    email_normal_form({{ sent }})
    {%- elif type == 'email_hash' -%}
    case when {{ sent }} not like '%@%' then identifier_normal_form(lower_ascii({{ sent }})) end
    {%- elif type == 'phone' and phones == 'a4' -%}
    case when is_phone({{ sent }}) then phone_normal_form({{ sent }}) end
    {%- elif type == 'phone' and country -%}
    country_phone_normal_form({{ sent }}, {{ text_literal(country) }})
    {%- elif type == 'phone' -%}
    international_phone_normal_form({{ sent }})
    {%- else -%}
    identifier_normal_form({{ sent }})
    {%- endif -%}
{%- endmacro %}

{#- The code of a text that is none of its kind. -#}
{% macro invalid_code(type) -%}
    {{ 'invalid_' ~ type if type in ('email', 'phone') else 'invalid_id' }}
{%- endmacro %}

{#- The identifiers of a row that count for nothing, as dropped cells (X10); null if there are none. -#}
{% macro dropped_identifiers(identifiers, placeholders=none) -%}
    case
        when {% for column in identifiers.values() %}({{ column }} is null and {{ column }}_as_sent is not null){{ ' or ' if not loop.last }}{% endfor %}
            then list_filter(
                [
                    {%- for type, column in identifiers.items() %}
                    struct_pack(
                        column_name := '{{ column }}',
                        code := if({{ placeholder(column ~ '_as_sent', placeholders) }}, 'placeholder', '{{ invalid_code(type) }}'),
                        text := case when {{ column }} is null then {{ column }}_as_sent end
                    ){{ ',' if not loop.last }}
                    {%- endfor %}
                ],
                lambda each_cell: each_cell.text is not null
            )
    end
{%- endmacro %}

{#- One column alone that is filled and says nothing valid, as the dropped cells of its row. -#}
{% macro dropped_cell(column, column_name, code) -%}
    case
        when {{ column }} is null and {{ column }}_as_sent is not null
            then [struct_pack(column_name := {{ column_name }}, code := '{{ code }}', text := {{ column }}_as_sent)]
    end
{%- endmacro %}

{#-
    Why nobody is identified: all that is filled and no placeholder is invalid; or nothing is. Null if somebody is, unless `more` branches
    of the `case` have another reason.
-#}
{% macro identifier_code(identifiers, placeholders=none, more='') -%}
    {%- set nobody = identifiers.values() | join(' is null and ') ~ ' is null' -%}
    case
    {%- for type, column in identifiers.items() %}
            when {{ nobody }} and {{ column }}_as_sent is not null and not {{ placeholder(column ~ '_as_sent', placeholders) }}
                then '{{ invalid_code(type) }}'
    {%- endfor %}
            when {{ nobody }} then 'no_identifier'
            {{ more }}
    end
{%- endmacro %}

{#- A bit for each type that is one per contact (`one_per_contact` in dbt_project.yml); 0 for all others (X3). -#}
{% macro type_bit(identifier_type) -%}
    case {{ identifier_type }}
        {%- for type in var('one_per_contact') %}
        when {{ text_literal(type) }} then {{ 2 ** loop.index0 }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}

{#-
    The identifiers of a row, in the order in which they are tried: first those of types that are one per contact (X3). The first one as two
    columns, and a list of all of them only where there are several.
-#}
{% macro first_identifier(given) -%}
    {%- set identifiers = {} -%}
    {%- for is_first in [true, false] -%}
        {%- for type, column in given.items() if (type in var('one_per_contact')) == is_first -%}
            {%- do identifiers.update({type: column}) -%}
        {%- endfor -%}
    {%- endfor %}
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
