{#- The normal form of an e-mail address. -#}
{% macro email_normal_form(column) -%}
    lower({{ filled_cell(column) }})
{%- endmacro %}

{#- Whether a normal form has the shape of an e-mail address: one @, something before it, a dot inside what follows. -#}
{% macro is_email(normal_form) -%}
    {{ matches(normal_form, '[^@ \t\n\r]+@[^@ \t\n\r]+[.][^@ \t\n\r]+') }}
{%- endmacro %}
