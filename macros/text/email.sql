{#- The normal form of an e-mail address. -#}
{% macro email_normal_form(column) -%}
    lower({{ filled_cell(column) }})
{%- endmacro %}

{#-
    Whether a normal form has the shape of an e-mail address: one @, something before it, a dot inside what follows, no
    white space. Half the time of a regular expression, on a column that every row has.
-#}
{% macro is_email(normal_form) -%}
    (
        {{ normal_form }} like '_%@_%._%'
        and {{ normal_form }} not like '%@%@%'
        {%- for character in ["' '", 'chr(9)', 'chr(10)', 'chr(13)', 'chr(160)'] %}
        and not contains({{ normal_form }}, {{ character }})
        {%- endfor %}
    )
{%- endmacro %}
