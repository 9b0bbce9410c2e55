{#- The setting of a feed (`config.meta` of its source table), for staging models that depend on it. -#}
{% macro feed_setting(source_name, table_name, setting) -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.source_name == source_name and node.name == table_name -%}
            {{ return(node.config.meta.get(setting) or node.meta.get(setting)) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
    All feeds with what the models need to know of them, as VALUES: the feed declarations are YAML, this is their way
    into SQL.
-#}
{% macro feed_values() -%}
    {%- set feeds = [] -%}
    {%- for node in (graph.sources.values() if execute else []) if node.meta.get('file_name') -%}
        {%- do feeds.append(node) -%}
    {%- endfor -%}
    {%- for node in feeds | sort(attribute='identifier') %}
    (
        '{{ node.identifier }}',
        '{{ node.meta.applies }}',
        '{{ 'keep_all' if node.meta.applies == 'commands' else node.meta.get('on_duplicate', 'last') }}',
        '{{ node.meta.get('on_reimport', 'reset') }}',
        {{ node.meta.get('allow_empty', false) }},
        {{ node.meta.get('subscribers_only', false) }},
        {{ 'null' if not node.meta.get('parts') else "'" ~ (node.meta.parts.keys() | reject('eq', 'number') | first) ~ "'" }},
        {{ (node.meta.get('parts') or {}).get('count') or 'null' }}
    ){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
