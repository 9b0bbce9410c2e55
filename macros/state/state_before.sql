{#- The relation of a mart as it stands, or none before its first build. -#}
{% macro state_relation(model_name) -%}
    {%- set node = graph.nodes['model.muster.' ~ model_name] -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{%- endmacro %}

{#- Whether all marts are computed anew; unit tests override it: their results do not depend on how dbt is called. -#}
{% macro is_full_refresh() -%}
    {{ return(flags.FULL_REFRESH) }}
{%- endmacro %}

{#-
    The state before, as unit tests give it: they override this macro with a map from model names to queries. Elsewhere
    none.
-#}
{% macro state_given() -%}
    {{ return(none) }}
{%- endmacro %}

{#-
    A mart as it was before this run's first log entry: the one arrow of the data flow that is not a ref(), because the marts
    are built from the models that read it. Every stored row says from which log entry it holds (and until which), so what
    a build that died half way has already written is left out again, and the next build comes to the same result.

    `since` and `until`: the columns with the first and the last log entry. `until` null: the row is never ended.
-#}
{% macro state_before(model_name, since, until=none) -%}
    {%- set run = ref('int_run') -%}
    {%- set relation = none -%}
    {%- if state_given() is not none -%}
        {%- set relation = '(' ~ state_given()[model_name] ~ ') as given' -%}
    {%- elif execute -%}
        {%- set relation = state_relation(model_name) -%}
    {%- endif -%}
    {%- if state_given() is not none or (relation is not none and not is_full_refresh()) -%}
    (
        select *
        from {{ relation }}
        where
            {{ since }} <= (select decided_log_id from {{ run }})
            {%- if until %}
            and ({{ until }} is null or {{ until }} > (select decided_log_id from {{ run }}))
            {%- endif %}
    )
    {%- else -%}
    (
        select
            {%- for column in (graph.nodes['model.muster.' ~ model_name].columns.values() if execute else []) %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        {%- if not execute %} 1 {% endif %}
        where false
    )
    {%- endif -%}
{%- endmacro %}
