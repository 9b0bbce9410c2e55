{#-
    How a mart advances (docs/decisions/0018): what this run has to say is written in one transaction, over what a build that died half
    way may have left. The mart's `config.meta` says from (`since`) and until (`until`) which log entry a row holds, and what else is undone
    when a row is open again (`when_open`).

    Strategies: `append` adds rows that stay; `delete+insert` replaces the rows of the same `unique_key`; with `versions` the rows of this
    run end the open rows of the same thing (its `unique_key` without `since`).
-#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {{ assert_work_is_there() }}
    {{ assert_strategy() }}
    {{ drop_if_other_type(target_relation) }}
    {%- if existing_relation is none or existing_relation.type != 'table' or should_full_refresh() %}
        {{ assert_nothing_is_decided() }}
        {%- set statements = replaced_table(target_relation, sql) %}
    {%- else %}
        {{ assert_same_columns(existing_relation) }}
        {{ get_assert_columns_equivalent(sql) }}
        {%- set statements = advanced_table(target_relation, sql) %}
    {%- endif %}
    {% call statement('main') -%}
        {{ statements_of(pre_hooks) }}
        {{ statements }};
        {{ statements_of(post_hooks) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- A strategy that nothing implements is refused at once, also before there is anything to advance. -#}
{% macro assert_strategy() -%}
    {%- set needs = {'append': ['since'], 'versions': ['since', 'until'], 'delete+insert': []} -%}
    {%- set strategy = config.get('incremental_strategy') -%}
    {%- if strategy not in needs or needs[strategy] | reject('in', config.get('meta', {})) | list -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': incremental_strategy is append (with meta.since), versions (with meta.since and until) or delete+insert, not '
            ~ strategy ~ ' with meta ' ~ config.get('meta', {})
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- A mart that begins on a database with a past would lack it: state and history are of the whole log. -#}
{% macro assert_nothing_is_decided() -%}
    {%- set progress = state_relation('log_progress') if not should_full_refresh() -%}
    {%- if progress and run_query('select coalesce(max(decided_log_id), 0) from ' ~ progress).rows[0][0] > 0 -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' is not in this database yet, which has a past: build it from the whole log with --full-refresh'
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- The columns of a stored table are those of its contract (`on_schema_change: fail`). -#}
{% macro assert_same_columns(relation) -%}
    {%- set stored = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set declared = model.columns.keys() | list -%}
    {%- if stored | sort != declared | sort -%}
        {{ exceptions.raise_compiler_error(
            relation.identifier ~ ' has other columns than it declares: build it with --full-refresh. Stored: '
            ~ stored | join(', ') ~ '. Declared: ' ~ declared | join(', ')
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- What was written `behind` a log entry is taken out of a mart again, and what ended there is open. -#}
{% macro undo(relation, meta, behind) -%}
    delete from {{ relation }} where {{ meta.since }} {{ behind }};
    {%- if meta.until %}
    update {{ relation }}
    set
        {{ meta.until }} = null
        {%- for column, value in (meta.when_open or {}).items() %},
        {{ column }} = {{ value }}
        {%- endfor %}
    where {{ meta.until }} {{ behind }};
    {%- endif %}
{%- endmacro %}

{% macro advanced_table(relation, sql) -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set keys = [config.get('unique_key')] if config.get('unique_key') is string else config.get('unique_key') -%}
    {%- set columns = model.columns.keys() | join(', ') -%}
    {%- set rows_of_run = '"' ~ relation.identifier ~ '__of_run"' %}
    {%- if meta.since %}
    {%- set run = graph.nodes['model.muster.int_run'] %}
    {%- set decided = '(select decided_log_id from ' ~ run.relation_name ~ ')' %}
    {{ undo(relation, meta, '> ' ~ decided) }}
    {%- endif %}
    create or replace temp table {{ rows_of_run }} as (
        {{ sql }}
    );
    {%- set strategy = config.get('incremental_strategy') %}
    {%- if strategy == 'versions' %}
    {%- set things = keys | reject('equalto', meta.since) | list %}
    update {{ relation }} as open_rows
    set {{ meta.until }} = ending.log_id
    from (
        select {{ things | join(', ') }}, min({{ meta.since }}) as log_id
        from {{ rows_of_run }}
        group by {{ things | join(', ') }}
    ) as ending
    where
        open_rows.{{ meta.until }} is null
        {%- for key in things %}
        and open_rows.{{ key }} = ending.{{ key }}
        {%- endfor %};
    {%- elif strategy == 'delete+insert' %}
    delete from {{ relation }} as old_rows
    using {{ rows_of_run }} as new_rows
    where
        {%- for key in keys %}
        {{ 'and ' if not loop.first }}old_rows.{{ key }} is not distinct from new_rows.{{ key }}
        {%- endfor %};
    {%- endif %}
    insert into {{ relation }} ({{ columns }}) select {{ columns }} from {{ rows_of_run }};
    drop table {{ rows_of_run }}
{%- endmacro %}
