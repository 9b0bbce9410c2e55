{#- Whether a text is a real date, written YYYY-MM-DD. -#}
{% macro is_date(column) -%}
    ({{ matches(column, '[0-9]{4}-[0-9]{2}-[0-9]{2}') }} and try_cast({{ column }} as date) is not null)
{%- endmacro %}

{#- Whether a text is a real moment in ISO 8601, with its offset from UTC. -#}
{% macro is_timestamp_with_offset(column) -%}
    (
        {{ matches(column, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})') }}
        and try_cast({{ column }} as timestamptz) is not null
    )
{%- endmacro %}

{#- The moment, in UTC, that such a text says. -#}
{% macro utc_of_timestamp_with_offset(column) -%}
    cast(try_cast({{ column }} as timestamptz) at time zone 'UTC' as timestamp)
{%- endmacro %}
