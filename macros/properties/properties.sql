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

{#- The undeclared columns of a row, trimmed; '' is an empty cell. Null if there are none. -#}
{% macro other_columns(extra, but=[]) -%}
    case
        when {{ extra }} is not null
            then nullif(
                map_from_entries(
                    list_filter(
                        list_transform(
                            map_entries({{ extra }}),
                            lambda entry: {'key': {{ cell('entry.key') }}, 'value': {{ cell('entry.value') }}}
                        ),
                        lambda entry: entry.value is not null and entry.key not in ({{ quoted([''] + but) }})
                    )
                ),
                cast(map {} as map(varchar, varchar))
            )
    end
{%- endmacro %}

{#- Those that are no declared property. -#}
{% macro other_properties(extra) -%}
    {{ return(other_columns(extra, var('contact_properties').keys() | list)) }}
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
            and {{ merged_map(old ~ '.other', filled(new ~ '.other')) }} is distinct from {{ old }}.other
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
            when {{ is_late }} then {{ merged_map(filled(new ~ '.other'), old ~ '.other') }}
            else {{ merged_map(old ~ '.other', filled(new ~ '.other')) }}
        end
    )
{%- endmacro %}

{#- The entries of a map that are not empty cells; null if there are none. -#}
{% macro filled(map) -%}
    case
        when {{ map }} is not null
            then nullif(
                map_from_entries(list_filter(map_entries({{ map }}), lambda entry: entry.value <> '')),
                cast(map {} as map(varchar, varchar))
            )
    end
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

{#- A property as a column of its type: text, a list of texts, or what can be cast; null where it is not of it. -#}
{% macro typed_property(value, type) -%}
    {%- if type.endswith('[]') -%}
    cast(string_split({{ value }}, {{ value_separator() }}) as {{ type }})
    {%- elif type == 'varchar' -%}
    {{ shown_value(value) }}
    {%- else -%}
    try_cast({{ value }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- A value for people to read: the values of a list with semicolons between them. -#}
{% macro shown_value(value) -%}
    replace({{ value }}, {{ value_separator() }}, '; ')
{%- endmacro %}

{#- The same for all values of a map. -#}
{% macro shown_map(map) -%}
    map_from_entries(list_transform(
        map_entries({{ map }}), lambda entry: {'key': entry.key, 'value': {{ shown_value('entry.value') }}}
    ))
{%- endmacro %}
