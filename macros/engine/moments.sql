{#- The moment so many minutes later. -#}
{% macro moment_after(moment, minutes) -%}
    {{ return(adapter.dispatch('moment_after', 'muster')(moment, minutes)) }}
{%- endmacro %}

{% macro duckdb__moment_after(moment, minutes) -%}
    {{ moment }} + to_minutes({{ minutes }})
{%- endmacro %}

{#- The moment that is so many seconds since 1970; from 10^11 on they are milliseconds; 0 is none. -#}
{% macro moment_of_epoch(number) -%}
    {{ return(adapter.dispatch('moment_of_epoch', 'muster')(number)) }}
{%- endmacro %}

{% macro duckdb__moment_of_epoch(number) -%}
    make_timestamp(nullif({{ number }}, 0) * if({{ number }} >= 100000000000, 1000, 1000000))
{%- endmacro %}
