{#- The four shapes of A4, judged by shape alone. -#}
{% macro is_phone(column) -%}
    {{ matches(column, '1?([0-9]{10}|[0-9]{3}-[0-9]{3}-[0-9]{4})') }}
{%- endmacro %}

{#- The one normal form of the shapes of A4: +1 and ten digits. -#}
{% macro phone_normal_form(column) -%}
    '+1' || right(replace({{ column }}, '-', ''), 10)
{%- endmacro %}

{#- A phone of any country: + and 7 to 15 digits once separators are gone, or a shape of A4. Anything else is null. -#}
{% macro international_phone_normal_form(column) -%}
    case
        when {{ is_phone(column) }} then {{ phone_normal_form(column) }}
        when {{ matches(column, '[+][0-9 .()-]+') }}
            and length(translate({{ column }}, '+ .()-', '')) between 7 and 15
            then '+' || translate({{ column }}, '+ .()-', '')
    end
{%- endmacro %}
