{#- Whether a text is a number that can be summed: up to 18 digits, and up to 9 behind the point. -#}
{% macro is_number(column, digits=18) -%}
    {{ matches(column, '[+-]?[0-9]{1,' ~ digits ~ '}([.][0-9]{1,9})?') }}
{%- endmacro %}

{#- A number as partners write it, with a decimal point (B4); a point that is no decimal separator makes it none. -#}
{% macro with_decimal_point(column, separator) -%}
    case
        when coalesce({{ separator }}, '.') = '.' then {{ column }}
        else translate({{ column }}, {{ separator }} || '.', '.?')
    end
{%- endmacro %}

{#-
    Rule Sum (B8): exact decimal addition; no value counts as 0. What is no number is not imported, and where the value is none there
    is nothing to add to.
-#}
{% macro summed(old, new) -%}
    case
        when not {{ is_number(new) }} or not coalesce({{ is_number(old, digits=27) }}, true) then {{ old }}
        else {{ number_text(
            'cast(coalesce(' ~ old ~ ", '0') as decimal(38, 9)) + cast(" ~ new ~ ' as decimal(38, 9))'
        ) }}
    end
{%- endmacro %}

{#- A decimal without the zeros behind it. -#}
{% macro number_text(number) -%}
    regexp_replace(cast({{ number }} as varchar), '[.]?0+$', '')
{%- endmacro %}
