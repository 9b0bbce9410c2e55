{#-
    The merge rules (B8): what a cell makes of a property's value. Both are text, and null is no value; `new` is null where the file
    has no such column, '' where the cell is empty. From a late delivery a value only fills what is empty.
-#}
{% macro merged_value(old, new, rule, is_late) -%}
    case
        when {{ new }} is null or {{ rule }} = 'ignore' then {{ old }}
        when {{ new }} = '' then case when {{ rule }} <> 'set_or_clear' or {{ is_late }} then {{ old }} end
        when {{ rule }} = 'add' then {{ added_values(old, new) }}
        when {{ rule }} = 'sum' then {{ summed(old, new) }}
        when {{ rule }} = 'set_if_empty' or {{ is_late }} then coalesce({{ old }}, {{ new }})
        else {{ new }}
    end
{%- endmacro %}

{#- A row's properties over those of the contact, by the rules of its feed; both as packed, the row's as imported. -#}
{% macro merged_by_rules(old, new, rules, is_late) -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := {{ merged_value(old ~ '.' ~ property, new ~ '.' ~ property, rules ~ '.' ~ property, is_late) }},
        {%- endfor %}
        other := case
            when {{ new }}.other is null then {{ old }}.other
            else {{ map_of(
                "list_transform(list_distinct(list_concat(coalesce(map_keys(" ~ old ~ ".other), []), map_keys(" ~ new ~ ".other))), "
                ~ "lambda name: {'key': name, 'value': " ~ merged_value(
                    old ~ '.other[name]', new ~ '.other[name]', 'coalesce(' ~ rules ~ '.other_rules[name], ' ~ rules ~ '.other)', is_late
                ) ~ "})"
            ) }}
        end
    )
{%- endmacro %}

{#- Whatever the rules of a feed. Rule Set, which most feeds have throughout, is merged without a look at each rule. -#}
{% macro merged_contact(old, new, rules, is_late) -%}
    case
        when {{ rules }}.is_plain then {{ merged_properties(old, new, is_late) }}
        else {{ merged_by_rules(old, new, rules, is_late) }}
    end
{%- endmacro %}

{#-
    The properties of a row as the rules of its feed read them (B4, B9): numbers to be summed with a decimal point, lists as lists.
    `renamed`: its undeclared columns under the names that the rules give them; one of them may become a declared property.
-#}
{% macro imported_properties(properties, renamed, rules) -%}
    struct_pack(
        {%- for property, type in var('contact_properties').items() %}
        {%- set cell = 'coalesce(' ~ properties ~ '.' ~ property ~ ', ' ~ renamed ~ "['" ~ property ~ "'])" %}
        {{ property }} := {{ read_cell(cell, rules ~ '.' ~ property, rules, type.endswith('[]')) }},
        {%- endfor %}
        other := {{ map_of(
            "list_transform(list_filter(map_entries(" ~ renamed ~ "), lambda entry: entry.key not in ("
            ~ quoted(var('contact_properties')) ~ ")), lambda entry: {'key': entry.key, 'value': "
            ~ read_cell('entry.value', 'coalesce(' ~ rules ~ '.other_rules[entry.key], ' ~ rules ~ '.other)', rules, false) ~ "})"
        ) }}
    )
{%- endmacro %}

{#- Undeclared columns under their properties' names; of two of one name the first counts. -#}
{% macro renamed_columns(other, rules) -%}
    map_from_entries({{ first_of_each_key(
        "list_transform(map_entries(" ~ other ~ "), lambda entry: {'key': coalesce(" ~ rules ~ ".other_columns[entry.key], "
        ~ rules ~ ".other_prefix || entry.key), 'value': entry.value})"
    ) }})
{%- endmacro %}

{#- A cell as its rule reads it (B4). -#}
{% macro read_cell(cell, rule, rules, is_list) -%}
    case
        when {{ rule }} = 'sum' then {{ with_decimal_point(cell, rules ~ '.decimal_separator') }}
        when {{ 'true' if is_list else rule ~ " = 'add'" }} then {{ list_of_values(cell, rules ~ '.multi_value_separator') }}
        else {{ cell }}
    end
{%- endmacro %}

{#- The cells of a row that differ from those of another; the others count as not sent (B6). -#}
{% macro differing_cells(properties, last) -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := case
            when {{ properties }}.{{ property }} is distinct from {{ last }}.{{ property }} then {{ properties }}.{{ property }}
        end,
        {%- endfor %}
        other := map_from_entries(list_filter(
            map_entries({{ properties }}.other),
            lambda entry: {{ last }}.other[entry.key] is distinct from entry.value
        ))
    )
{%- endmacro %}
