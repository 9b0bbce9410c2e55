{#-
    The one place where cells become values (X10): each by the type of its property, the rule of its feed and how the feed writes it (B4).
    What a cell says is found by SQL functions (macros/functions/1_types.sql, 4_properties.sql); the macros here say it of each declared
    property in turn. A cell that cannot be read is null: it is dropped, and `unread_cells` tells of it.
-#}

{#- The known properties that have few values (R11). -#}
{% macro known_values(property) -%}
    {{ return({'opt_in_status': ['0', '1'], 'gender': ['male', 'female']}.get(property)) }}
{%- endmacro %}

{#- A filled cell as a value of this type, of all but numbers and lists; null if it is none. -#}
{% macro read_typed(cell, property, type, dialect) -%}
    {%- if known_values(property) -%}
    case when {{ cell }} in ({{ quoted(known_values(property)) }}) then {{ cell }} end
    {%- elif type == 'date' -%}
    case {{ dialect }}.date_format
        {%- for format in declared_formats('date_format') %}
        when {{ text_literal(format) }} then {{ normal_date(cell, format) }}
        {%- endfor %}
    end
    {%- elif type in ('timestamp', 'timestamptz') -%}
    case {{ dialect }}.timestamp_format
        {%- for format in declared_formats('timestamp_format') %}
        when {{ text_literal(format) }} then {{ normal_moment(cell, format, dialect ~ '.timezone') }}
        {%- endfor %}
    end
    {%- else -%}
    case when {{ is_of_type(cell, type) }} and try_cast({{ cell }} as {{ type }}) is not null then {{ cell }} end
    {%- endif -%}
{%- endmacro %}

{#- A cell of a feed with this `date_format` as a date, YYYY-MM-DD; null if it is none. -#}
{% macro normal_date(cell, format) -%}
    {%- if format in ('iso', 'automatic') -%}
    {{ format }}_date({{ cell }})
    {%- else -%}
    date_by_format({{ cell }}, {{ text_literal(format) }})
    {%- endif -%}
{%- endmacro %}

{#- A cell of a feed with this `timestamp_format` as a moment; `iso`: as ISO 8601, RFC 3339 and databases write it. -#}
{% macro normal_moment(cell, format, timezone) -%}
    {%- if format == 'iso' -%}
    iso_moment({{ cell }})
    {%- else -%}
    moment_by_format({{ cell }}, {{ text_literal(format) }}, {{ timezone }})
    {%- endif -%}
{%- endmacro %}

{#-
    A cell of a declared property as its rule reads it: what is not imported, and an empty cell, as it stands. Only lists are added to, and
    only numbers added up (loaders/feeds/rule_types.py).
-#}
{% macro read_property(cell, property, type, rules) -%}
    {%- set rule = rules ~ '.' ~ property -%}
    {%- set dialect = rules ~ '.dialect' -%}
    {%- set separators = dialect ~ '.decimal_separator, ' ~ dialect ~ '.thousands_separator' -%}
    {%- set number = 'read_number(' ~ cell ~ ', ' ~ separators ~ ')' -%}
    {%- if not is_typed(property, type) and not type.endswith('[]') -%}
    {{ cell }}
    {%- else -%}
    case
        when coalesce({{ cell }}, '') = '' or {{ rule }} = 'ignore' then {{ cell }}
        {%- if type.endswith('[]') %}
        else list_of_values({{ cell }}, {{ dialect }}.multi_value_separator)
        {%- elif is_number_type(type) and not known_values(property) %}
        when
            {{ rule }} = 'sum'
            or ({{ 'not contains(' ~ number ~ ", '.') and " if is_integer_type(type) }}try_cast({{ number }} as {{ type }}) is not null)
            then {{ number }}
        {%- else %}
        else {{ read_typed(cell, property, type, dialect) }}
        {%- endif %}
    end
    {%- endif -%}
{%- endmacro %}

{#- Whether cells of this property may say nothing of its kind. -#}
{% macro is_typed(property, type) -%}
    {{ return(known_values(property) is not none or (type != 'varchar' and not type.endswith('[]'))) }}
{%- endmacro %}

{#-
    Whether a row is read as it stands: under the rules of its feed (`reads_as_sent`) all its cells count under their own names, and each
    is of its type, in the dialect that needs no declaration.
-#}
{% macro is_read_as_sent(properties, rules) -%}
    {{ rules }}.reads_as_sent
    {%- for property, type in var('contact_properties').items() if is_typed(property, type) or type.endswith('[]') %}
    {%- set cell = properties ~ '.' ~ property %}
    {%- if type.endswith('[]') %}
    and coalesce(not contains({{ cell }}, value_separator()) and left({{ cell }}, 1) not in ('[', '{'), true)
    {%- elif type == 'date' and not known_values(property) %}
    and coalesce({{ cell }} = '' or is_date({{ cell }}), true)
    {%- elif type in ('timestamp', 'timestamptz') and not known_values(property) %}
    and coalesce({{ cell }} = '' or is_moment({{ cell }}), true)
    {%- elif known_values(property) %}
    and coalesce({{ cell }} in ('', {{ quoted(known_values(property)) }}), true)
    {%- else %}
    and coalesce({{ cell }} = '', true)
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#-
    The properties of a row, its undeclared columns under the names that the rules give them: of a contact, one may become a declared
    property; those of a group are never typed (B13).
-#}
{% macro named_properties(properties, renamed, declared) -%}
    struct_pack(
        {%- for property in var('contact_properties') %}
        {{ property }} := coalesce(
            nullif({{ properties }}.{{ property }}, ''),
            case when {{ declared }} <> [] then {{ renamed }}['{{ property }}'] end,
            {{ properties }}.{{ property }}
        ),
        {%- endfor %}
        other := {{ renamed }}
    )
{%- endmacro %}

{#- The properties of a row as the rules of its feed read them. -#}
{% macro read_properties(named, rules) -%}
    struct_pack(
        {%- for property, type in var('contact_properties').items() %}
        {{ property }} := {{ read_property(named ~ '.' ~ property, property, type, rules) }},
        {%- endfor %}
        other := case
            when coalesce({{ rules }}.reads_others, false)
                then other_values(
                    {{ named }}.other,
                    {{ rules }}.declared,
                    {{ rules }}.other_rules,
                    {{ rules }}.other,
                    {{ rules }}.summed_names,
                    {{ rules }}.summed_prefixes,
                    {{ rules }}.dialect
                )
            else undeclared_cells({{ named }}.other, {{ rules }}.declared)
        end
    )
{%- endmacro %}

{#- The filled cells of a row that could not be read, in their order; null if there are none. -#}
{% macro unread_cells(named, read, others) -%}
    case
        when {{ others }} is not null
            {%- for property in var('contact_properties') %}
            or ({{ read }}.{{ property }} is null and {{ named }}.{{ property }} <> '')
            {%- endfor %}
            then list_concat(
                list_filter(
                    [
                        {%- for property in var('contact_properties') %}
                        struct_pack(
                            column_name := '{{ property }}',
                            code := 'invalid_{{ property }}',
                            text := case when {{ read }}.{{ property }} is null then nullif({{ named }}.{{ property }}, '') end
                        ){{ ',' if not loop.last }}
                        {%- endfor %}
                    ],
                    lambda each_cell: each_cell.text is not null
                ),
                coalesce({{ others }}, [])
            )
    end
{%- endmacro %}

{#-
    The rows of a relation, in the canonical shape, with their properties as read and all cells that are dropped, as CTEs of which the
    last is `read_rows`, or `into`; beside them, whether their feed rejects invalid cells. `rules`: a CTE of int_merge_rules, which are wide:
    a row that is read as it stands gets none (`reading`).
-#}
{% macro read_rows_of(relation, rules='rules', into='read_rows') -%}
{{ into }}__flagged as (
    select
        {{ relation }}.*,
        {{ rules }}.rejects_invalid_cells,
        {{ is_read_as_sent(relation ~ '.properties', rules) }} as is_read_as_sent
    from {{ relation }}
    inner join {{ rules }} on {{ relation }}.feed = {{ rules }}.feed
),

{{ into }}__with_rules as (
    select
        flagged.*,
        rules_of_feed as reading,  -- noqa: RF02
        case
            when not rules_of_feed.reads_as_sent
                then renamed_columns(flagged.properties.other, rules_of_feed.other_columns, rules_of_feed.other_prefix)
        end as renamed
    from {{ into }}__flagged as flagged
    left join {{ rules }} as rules_of_feed
        on case when not flagged.is_read_as_sent then flagged.feed end = rules_of_feed.feed
),

{{ into }}__named as (
    select
        * exclude (properties, renamed),
        case when renamed is null then properties else {{ named_properties('properties', 'renamed', 'reading.declared') }} end as named
    from {{ into }}__with_rules
),

{{ into }}__judged as (
    select
        *,
        case when is_read_as_sent then named else {{ read_properties('named', 'reading') }} end as properties,
        case
            when not is_read_as_sent and reading.reads_others
                then unread_others(named.other, reading.declared, reading.other_rules, reading.other, reading.dialect)
        end as unread_others
    from {{ into }}__named
),

{{ into }}__unread as (
    select
        *,
        case when not is_read_as_sent then {{ unread_cells('named', 'properties', 'unread_others') }} end as unread_cells
    from {{ into }}__judged
),

{{ into }} as (
    select
        * exclude (named, reading, is_read_as_sent, unread_others, unread_cells, dropped_cells),
        case
            when coalesce(dropped_cells, unread_cells) is not null
                then list_concat(coalesce(dropped_cells, []), coalesce(unread_cells, []))
        end as dropped_cells
    from {{ into }}__unread
)
{%- endmacro %}

{#- A moment out of a filled cell of a feed, for events, as text in ISO 8601; null if it is none (B4, B12). -#}
{% macro moment(source_name, table_name, sent) -%}
    {%- set format = dialect_setting(source_name, table_name, 'timestamp_format') or 'iso' -%}
    {%- set timezone = feed_setting(source_name, table_name, 'timezone') or 'UTC' -%}
    {{ normal_moment(sent, format, text_literal(timezone)) }}
{%- endmacro %}
