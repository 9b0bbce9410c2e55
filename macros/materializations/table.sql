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

{#- What a model reads of this run has to be there: by default it is in memory, for the length of one command. -#}
{% macro assert_work_is_there() -%}
    {%- for name in model.depends_on.nodes -%}
    {%- set node = graph.nodes.get(name) -%}
    {%- if node and node.database == 'work' and adapter.get_relation(node.database, node.schema, node.alias) is none -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' reads ' ~ node.name ~ ', which is in memory and was not built by this command: build it too (dbt build -s +'
            ~ model.name ~ '), or use --target on_disk, where intermediate models stay'
        ) }}
    {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
