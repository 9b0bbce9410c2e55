{#-
    Tables and views are replaced in one go (`create or replace`), where dbt-duckdb makes them under another name, renames and
    drops. All that a model does, hooks too, is its one main statement, which dbt writes to target/run: `muster build` runs it again from
    there while the project has not changed (docs/decisions/0016).
-#}

{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ assert_work_is_there() }}
    {{ drop_if_other_type(target_relation) }}
    {% call statement('main') -%}
        {{ statements_of(pre_hooks) }}
        {{ replaced_table(target_relation, sql) }};
        {{ statements_of(post_hooks) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ assert_work_is_there() }}
    {{ drop_if_other_type(target_relation) }}
    {%- if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    {% call statement('main') -%}
        {{ statements_of(pre_hooks) }}
        create or replace view {{ target_relation }} as (
            {{ sql }}
        );
        {{ statements_of(post_hooks) }}
    {%- endcall %}
    {{ adapter.commit() }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- The statement that makes a table anew: with its contract, the columns as they are declared, constraints and all. -#}
{% macro replaced_table(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
    {{ get_assert_columns_equivalent(sql) }}
    create or replace table {{ relation }}
    {{ get_table_columns_and_constraints() }};
    insert into {{ relation }} {{ get_column_names() }} (
        {{ get_select_subquery(sql) }}
    )
    {%- else -%}
    create or replace table {{ relation }} as (
        {{ sql }}
    )
    {%- endif -%}
{%- endmacro %}

{#- Hooks as statements. -#}
{% macro statements_of(hooks) -%}
    {%- for hook in hooks -%}
    {%- set statement = render(hook.sql) | trim -%}
    {{ statement ~ ';' if statement }}
    {%- endfor -%}
{%- endmacro %}

{#- What was a table and is now a view, or the other way round, goes first. -#}
{% macro drop_if_other_type(target_relation) -%}
    {%- set existing_relation = load_cached_relation(target_relation) -%}
    {%- if existing_relation is not none and existing_relation.type != target_relation.type -%}
        {{ drop_relation_if_exists(existing_relation) }}
    {%- endif -%}
{%- endmacro %}

{#-
    What a model reads of this run's work has to be there, and of this run: by default it is in memory, for the length of one command; on
    disk it may be of an earlier run. And the log is decided (log_progress) only by a command that builds all marts.
-#}
{% macro assert_work_is_there() -%}
    {%- set run = graph.nodes['model.muster.int_run'] -%}
    {%- set left_out = [] -%}
    {%- for name in model.depends_on.nodes if name in graph.nodes -%}
    {%- set node = graph.nodes[name] -%}
    {%- set is_in_memory = node.database == 'work' and node.config.materialized != 'ephemeral' -%}
    {%- if is_in_memory and adapter.get_relation(node.database, node.schema, node.alias) is none -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' reads ' ~ node.name ~ ', which is in memory and was not built by this command: build it too (dbt build -s +'
            ~ model.name ~ '), or use --target on_disk, where intermediate models stay'
        ) }}
    {%- endif -%}
    {%- set is_mart = node.config.materialized == 'incremental' -%}
    {%- if model.name == 'log_progress' and is_mart and name not in selected_resources -%}
        {%- do left_out.append(node.name) -%}
    {%- endif -%}
    {%- endfor -%}
    {%- set progress = state_relation('log_progress') -%}
    {%- set decided = '(select coalesce(max(decided_log_id), 0) from ' ~ progress ~ ')' if progress else '0' -%}
    {%- set advances = 'select 1 from ' ~ run.relation_name ~ ' where last_log_id > ' ~ decided -%}
    {%- if left_out and run_query(advances).rows | length > 0 -%}
        {{ exceptions.raise_compiler_error(
            'log_progress decides the log for all marts, and this command does not build ' ~ left_out | join(', ')
            ~ ': build all of them, or leave log_progress out'
        ) }}
    {%- endif -%}
    {%- if model.config.materialized == 'incremental' and run.unique_id not in selected_resources -%}
        {%- set is_older -%}
            select 1
            from {{ run.relation_name }}
            where last_log_id < {{ decided }} or ({{ should_full_refresh() }} and decided_log_id > 0)
        {%- endset -%}
        {%- if run_query(is_older).rows | length > 0 -%}
            {{ exceptions.raise_compiler_error(
                'int_run is of an earlier run: build ' ~ model.name ~ ' with all that it comes from (dbt build -s +'
                ~ model.name ~ ')'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
