{#-
    The properties of a row, packed: one text field per declared property (`contact_properties` in dbt_project.yml; null: the file does
    not have it; '': an empty cell), and a map with all others. What happens to single values are SQL functions
    (macros/functions/4_properties.sql); the macros here say it of each declared property in turn.
-#}

{#- The type of packed properties. -#}
{% macro properties_type() -%}
    struct({% for property in var('contact_properties') %}{{ property }} varchar, {% endfor %}other map(varchar, varchar))
{%- endmacro %}

{#-
    `provided` maps property names to expressions; `other` is an expression for the map. A name that is declared no more is one of the
    others (field case C30).
-#}
{% macro pack_properties(provided={}, other='null') -%}
    {%- set undeclared = provided.keys() | reject('in', var('contact_properties')) | list -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := cast({{ provided.get(property, 'null') }} as varchar),
        {%- endfor %}
        {%- if undeclared %}
        other := with_cells(
            {{ other }}, [{{ quoted(undeclared) }}], [{% for name in undeclared %}{{ provided[name] }}{{ ', ' if not loop.last }}{% endfor %}]
        )
        {%- else %}
        other := cast({{ other }} as map(varchar, varchar))
        {%- endif %}
    )
{%- endmacro %}

{#- The undeclared columns of a row that are no declared property, trimmed; null if there are none. -#}
{% macro other_properties(extra) -%}
    other_columns({{ extra }}, [{{ quoted(var('contact_properties')) }}])
{%- endmacro %}

{#- Whether it is a type of numbers. -#}
{% macro is_number_type(type) -%}
    {{ return(is_integer_type(type) or type == 'double' or type.startswith('decimal')) }}
{%- endmacro %}

{% macro is_integer_type(type) -%}
    {{ return(type in ('smallint', 'integer', 'bigint')) }}
{%- endmacro %}

{#- Whether values of this type can be gathered, by the rules `add` and `sum` (loaders/feeds/rule_types.py). -#}
{% macro can_gather(type) -%}
    {{ return(type.endswith('[]') or is_number_type(type)) }}
{%- endmacro %}

{#-
    A row's properties over those of the contact, by the rules of its feed (B8); both packed, the row's as read. `said`: when it was last
    spoken of each property, where the row may come late (X12): null, if it does not; `moment`: the time of the row.
-#}
{% macro merged_properties(old, new, rules, said='null', moment='null') -%}
    struct_pack(
        {%- for property, type in var('contact_properties').items() %}
        {{ property }} := {{ 'merged_value' if can_gather(type) else 'replaced_value' }}(
            {{ old }}.{{ property }},
            {{ new }}.{{ property }},
            {{ rules }}.{{ property }},
            {{ 'false' if said == 'null' else "case when " ~ said ~ " is not null then " ~ said ~ "['" ~ property ~ "'] > " ~ moment ~ " end" }}
        ),
        {%- endfor %}
        other := merged_map(
            {{ old }}.other, {{ new }}.other, {{ rules }}.other_rules, {{ rules }}.other, {{ said }}, {{ moment }}
        )
    )
{%- endmacro %}

{#- Of which properties a row speaks (X12), by name; `rules`: a map of rules by name, that of `*` is all others'. -#}
{% macro spoken_properties(properties, rules) -%}
    list_transform(
        list_filter(
            {{ property_entries(properties) }},
            lambda entry: speaks(entry.value, coalesce({{ rules }}[entry.key], {{ rules }}['*']))
        ),
        lambda entry: entry.key
    )
{%- endmacro %}

{#- Whether they would change it, in time. Nearly every row says what is there: that is looked at first. -#}
{% macro changes_properties(old, new, rules) -%}
    case
        when ({{ new }} is not distinct from {{ old }}) and not {{ rules }}.sums then false
        else ({{ merged_properties(old, new, rules) }} is distinct from {{ old }})
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
        other := differing_entries({{ properties }}.other, {{ last }}.other)
    )
{%- endmacro %}

{#- One entry per filled property: a list of structs to unnest. -#}
{% macro property_entries(properties) -%}
    list_filter(
        list_concat(
            [
                {%- for property in var('contact_properties') %}
                struct_pack(key := '{{ property }}', value := {{ properties }}.{{ property }}){{ ',' if not loop.last }}
                {%- endfor %}
            ],
            coalesce(map_entries({{ properties }}.other), [])
        ),
        lambda entry: entry.value is not null
    )
{%- endmacro %}

{#-
    A property as a column of its type: null where the stored text is no value of it, as it may be from a time when the property was of
    another type, or of none. What the engine would make of such a text (an integer of 3.5, a moment without its offset) is not asked.
-#}
{% macro typed_property(value, type, property=none) -%}
    {%- if known_values(property) -%}
    case when {{ value }} in ({{ quoted(known_values(property)) }}) then try_cast({{ value }} as {{ type }}) end
    {%- elif type.endswith('[]') -%}
    string_split({{ value }}, value_separator())
    {%- elif type == 'varchar' -%}
    shown_value({{ value }})
    {%- elif type == 'timestamp' -%}
    utc_of_moment(iso_moment({{ value }}))
    {%- elif type == 'timestamptz' -%}
    try_cast(iso_moment({{ value }}) as timestamptz)
    {%- else -%}
    try_cast(case when {{ is_of_type(value, type) }} then {{ value }} end as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- Whether a text is written as values of this type are. -#}
{% macro is_of_type(value, type) -%}
    {%- if type == 'date' -%}
    is_date({{ value }})
    {%- elif type == 'time' -%}
    is_time({{ value }})
    {%- elif is_integer_type(type) -%}
    is_sum({{ value }}) and not contains({{ value }}, '.')
    {%- elif is_number_type(type) -%}
    is_sum({{ value }})
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
