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
    are built from the models that read it. Every stored row says from which log entry it holds (and until which): its `config.meta`
    names these columns, `since` and `until`. What a build that died half way has already written is left out again, and the next build
    comes to the same result. `with_past`: also the rows that do not hold any more.
-#}
{% macro state_before(model_name, with_past=false) -%}
    {%- set decided = '(select decided_log_id from ' ~ ref('int_run') ~ ')' if model_name != 'log_progress' -%}
    {%- set node = graph.nodes['model.muster.' ~ model_name] if execute -%}
    {%- set given = state_given() -%}
    {%- set relation = none -%}
    {%- if given is not none -%}
        {%- set relation = '(' ~ given[model_name] ~ ') as given' -%}
    {%- elif execute and not is_full_refresh() -%}
        {%- set relation = state_relation(model_name) -%}
    {%- endif -%}
    {%- if execute and relation is not none -%}
    (
        select *
        from {{ relation }}
        {%- if decided %}
        where
            {{ node.config.meta.since }} <= {{ decided }}
            {%- if node.config.meta.until and not with_past %}
            and ({{ node.config.meta.until }} is null or {{ node.config.meta.until }} > {{ decided }})
            {%- endif %}
        {%- endif %}
    )
    {%- else -%}
    (
        select
            {%- for column in (node.columns.values() if execute else []) %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        {%- if not execute %} 1 {% endif %}
        where false
    )
    {%- endif -%}
{%- endmacro %}

{#-
    The lists that the guard holds (X6): not as of the entries before this run, but all that were found to do too much, in this run's
    stretch too. A full refresh judges them anew.
-#}
{% macro held_by_guard() -%}
    {%- set given = state_given() -%}
    {%- set node = (graph.nodes or {}).get('model.muster.list_effects') if execute -%}
    {%- set relation = none -%}
    {%- if given is not none -%}
        {%- set relation = '(' ~ given.list_effects ~ ') as given' if given.list_effects -%}
    {%- elif node and not is_full_refresh() -%}
        {%- set relation = state_relation('list_effects') -%}
    {%- endif -%}
    (
        {%- if relation %}
        select * from {{ relation }}
        where code is not null
        {%- else %}
        select
            {%- for column in (node.columns.values() if node else []) %}
            cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
            {%- if not node %}
            cast(null as bigint) as log_id, cast(null as varchar) as segment_id, cast(null as varchar) as code
            {%- endif %}
        where false
        {%- endif %}
    )
{%- endmacro %}

{#- Lists that change nothing: superseded ones, and those that the guard holds. `lists`: rows of segment_lists. -#}
{% macro lists_without_effect(lists) -%}
    (
        select log_id, segment_id from {{ lists }} where is_superseded
        union all
        select log_id, segment_id from {{ held_by_guard() }}
    )
{%- endmacro %}

{#- What this run has written to a mart that is built before the model that asks. -#}
{% macro this_run(model_name) -%}
    {%- set relation = ref(model_name) -%}
    {%- set run = ref('int_run') -%}
    {%- set since = graph.nodes['model.muster.' ~ model_name].config.meta.since if execute else 'log_id' -%}
    (
        select *
        from {{ relation }}
        where {{ since }} > (select decided_log_id from {{ run }})
    )
{%- endmacro %}

{#- Before a full refresh nothing is decided any more: one that dies half way is made up for by the next build. -#}
{% macro forget_progress() -%}
    {%- set progress = state_relation('log_progress') if execute and flags.FULL_REFRESH -%}
    {%- if progress -%}
    delete from {{ progress }}
    {%- endif -%}
{%- endmacro %}

{#-
    Undo what this run has written so far, if the guard has found a list that does too much: the run is done again with the list held. What
    cannot be undone is written behind the guard.
-#}
{% macro undo_if_held() -%}
    {%- set held = 'exists (select 1 from ' ~ ref('int_list_effects') ~ ' where code is not null and not is_known)' -%}
    {%- set behind = '> (select decided_log_id from ' ~ ref('int_run') ~ ') and ' ~ held -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- for node in nodes if node.config.materialized == 'incremental' and node.name != 'list_effects' -%}
        {%- set meta = node.config.meta -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation and meta.since and (meta.until or node.config.incremental_strategy == 'append') %}
    {{ undo(relation, meta, behind) }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
