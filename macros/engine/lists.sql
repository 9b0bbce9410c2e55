{#-
    A list of values is kept in one text, its values separated by the character that is made for it (ASCII 31, "unit separator"): a
    single value is a list of one.
-#}
{% macro value_separator() -%}
    chr(31)
{%- endmacro %}

{#-
    A cell with several values as a list: trimmed, each once, in their order. Without a separator it is one value, unless it has
    the character that separates them here: an empty value would come of it.
-#}
{% macro list_of_values(cell, separator) -%}
    case
        when not coalesce(contains({{ cell }}, {{ separator }}), false) and not contains({{ cell }}, {{ value_separator() }})
            then {{ cell }}
        else array_to_string({{ each_once(
            "list_filter(list_transform(string_split("
            ~ "replace(" ~ cell ~ ", coalesce(" ~ separator ~ ", " ~ value_separator() ~ "), " ~ value_separator() ~ "), " ~ value_separator()
            ~ "), lambda part: trim(part, ' ' || chr(9))), lambda part: part <> '')"
        ) }}, {{ value_separator() }})
    end
{%- endmacro %}

{#- Rule Add (B8): the values of `new` that `old` lacks, behind it. -#}
{% macro added_values(old, new) -%}
    case
        when {{ old }} is null then {{ new }}
        when {{ old }} = {{ new }} then {{ old }}
        else array_to_string({{ each_once(
            "list_concat(string_split(" ~ old ~ ", " ~ value_separator() ~ "), string_split(" ~ new ~ ", " ~ value_separator() ~ "))"
        ) }}, {{ value_separator() }})
    end
{%- endmacro %}

{#- A map of the entries that have a value, sorted by key; null if there are none. -#}
{% macro map_of(entries) -%}
    nullif(
        map_from_entries(list_sort(list_filter({{ entries }}, lambda entry: entry.value is not null))),
        cast(map {} as map(varchar, varchar))
    )
{%- endmacro %}
