{#-
    The properties of a row, packed: one text field per declared property (null: the file does not have it; '': an empty cell), and a
    map with all others. `provided` maps property names to expressions; `other` is an expression for the map.
-#}
{% macro pack_properties(provided={}, other='null') -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := cast({{ provided.get(property, 'null') }} as varchar),
        {%- endfor %}
        other := cast({{ other }} as map(varchar, varchar))
    )
{%- endmacro %}

{#- The undeclared columns of a row, trimmed, without the empty ones; null if there are none. -#}
{% macro other_properties(extra) -%}
    case
        when {{ extra }} is not null
            then nullif(
                map_from_entries(
                    list_filter(
                        list_transform(
                            map_entries({{ extra }}),
                            lambda entry: {'key': {{ cell('entry.key') }}, 'value': {{ cell('entry.value') }}}
                        ),
                        lambda entry: entry.key <> '' and entry.value <> ''
                    )
                ),
                cast(map {} as map(varchar, varchar))
            )
    end
{%- endmacro %}

{#- The undeclared columns of a row and, each under its name, declared ones that are no contact property. -#}
{% macro extra_with(relation_alias, columns) -%}
    map_concat(
        coalesce({{ relation_alias }}._extra, cast(map {} as map(varchar, varchar))),
        map(['{{ columns | join("', '") }}'], [{{ relation_alias }}.{{ columns | join(', ' ~ relation_alias ~ '.') }}])
    )
{%- endmacro %}

{#- Whether rule Set, applied to `new`, would change `old`: a filled cell with another value (R5, B8). -#}
{% macro changes_properties(old, new) -%}
    (
        {%- for property in var('contact_properties') %}
        ({{ new }}.{{ property }} <> '' and {{ new }}.{{ property }} is distinct from {{ old }}.{{ property }})
        or
        {%- endfor %}
        (
            {{ new }}.other is not null
            and {{ merged_map(old ~ '.other', new ~ '.other') }} is distinct from {{ old }}.other
        )
    )
{%- endmacro %}

{#- Rule Set: filled cells of `new` over `old`; from a late delivery they only fill what is empty. -#}
{% macro merged_properties(old, new, is_late) -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := case
            when {{ is_late }} then coalesce({{ old }}.{{ property }}, nullif({{ new }}.{{ property }}, ''))
            else coalesce(nullif({{ new }}.{{ property }}, ''), {{ old }}.{{ property }})
        end,
        {%- endfor %}
        other := case
            when {{ is_late }} then {{ merged_map(new ~ '.other', old ~ '.other') }}
            else {{ merged_map(old ~ '.other', new ~ '.other') }}
        end
    )
{%- endmacro %}

{#- Two maps in one, sorted by key, the second's values first; null if there is nothing in it. -#}
{% macro merged_map(old, new) -%}
    case
        when {{ old }} is not null or {{ new }} is not null
            then map_from_entries(
                list_sort(map_entries(map_concat(coalesce({{ old }}, cast(map {} as map(varchar, varchar))), coalesce({{ new }}, cast(map {} as map(varchar, varchar))))))
            )
    end
{%- endmacro %}

{#- One entry per filled property: a list of structs to unnest. -#}
{% macro property_entries(properties) -%}
    list_filter(
        list_concat(
            [
                {%- for property in var('contact_properties') %}
                {'key': '{{ property }}', 'value': {{ properties }}.{{ property }}}{{ ',' if not loop.last }}
                {%- endfor %}
            ],
            coalesce(map_entries({{ properties }}.other), [])
        ),
        lambda entry: entry.value is not null
    )
{%- endmacro %}

{#- How specific a line of seeds/merge_rules.csv is. -#}
{% macro merge_rule_weight() -%}
    if(rules.feed = '*', 0, 2) + if(rules.property = '*', 0, 1)
{%- endmacro %}

{#- The properties of a row that its feed's merge rules let in. -#}
{% macro imported_properties(properties, rules) -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := case when {{ rules }}.{{ property }} = 'set' then {{ properties }}.{{ property }} end,
        {%- endfor %}
        other := case when {{ rules }}.other = 'set' then {{ properties }}.other end
    )
{%- endmacro %}
