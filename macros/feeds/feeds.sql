{#- The setting of a feed (`config.meta` of its source table), for staging models that depend on it. -#}
{% macro feed_setting(source_name, table_name, setting) -%}
    {%- if execute -%}
        {%- set nodes = graph.sources.values() if graph.sources is defined else [] -%}
        {%- for node in nodes if node.source_name == source_name and node.name == table_name -%}
            {{ return(node.config.meta.get(setting) or node.meta.get(setting)) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{#- How a feed writes something (`dialect` of its declaration). -#}
{% macro dialect_setting(source_name, table_name, setting) -%}
    {{ return((feed_setting(source_name, table_name, 'dialect') or {}).get(setting)) }}
{%- endmacro %}

{#- The formats that feeds declare for dates or moments, and the one that needs no declaration. -#}
{% macro declared_formats(setting) -%}
    {%- set formats = ['iso'] -%}
    {%- for node in (graph.sources.values() if execute and graph.sources is defined else []) -%}
        {%- do formats.append((node.meta.get('dialect') or {}).get(setting, 'iso')) -%}
    {%- endfor -%}
    {{ return(formats | unique | list) }}
{%- endmacro %}

{#- How a feed writes its cells, as a struct: what it does not say is as partners mostly write. -#}
{% macro dialect_literal(meta) -%}
    {%- set dialect = meta.get('dialect') or {} -%}
    {
        'decimal_separator': {{ text_literal(dialect.decimal_separator or '.') }},
        'thousands_separator': nullif({{ text_literal(dialect.thousands_separator or '') }}, ''),
        'multi_value_separator': nullif({{ text_literal(dialect.multi_value_separator or '') }}, ''),
        'date_format': {{ text_literal(dialect.date_format or 'iso') }},
        'timestamp_format': {{ text_literal(dialect.timestamp_format or 'iso') }},
        'timezone': {{ text_literal(meta.get('timezone') or 'UTC') }}
    }
{%- endmacro %}

{#- Whether what a linked feed says of products is kept (`linked.product_store`, B12). -#}
{% macro keeps_products(feed) -%}
    {%- set names = feed.split('__') -%}
    {{ (feed_setting(names[0], names[1:] | join('__'), 'linked') or {}).get('product_store', true) }}
{%- endmacro %}

{#- The feeds with a setting of this value, of those whose rows the models unite. -#}
{% macro feeds_with(setting, value) -%}
    {%- set found = [] -%}
    {%- for feed in declared_feeds() -%}
        {%- set names = feed.split('__') -%}
        {%- if feed_setting(names[0], names[1:] | join('__'), setting) == value -%}
            {%- do found.append(feed) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The feeds that skip what is unchanged (B6), as a list of literals. -#}
{% macro skipping_feeds() -%}
    {{ quoted(feeds_with('unchanged_cells', 'skip') or ['']) }}
{%- endmacro %}

{#- The connection of each feed, as VALUES. -#}
{% macro feed_connections() -%}
    {%- set feeds = [] -%}
    {%- set nodes = graph.sources.values() if execute and graph.sources is defined else [] -%}
    {%- for node in nodes if node.meta.get('file_name') -%}
        {%- do feeds.append(node) -%}
    {%- endfor -%}
    {{ 'values' if feeds else "select '', '' where false" }}
    {%- for node in feeds | sort(attribute='identifier') %}
    ('{{ node.identifier }}', {{ text_literal(node.meta.connection) }}){{ ',' if not loop.last }}
    {%- endfor %}
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
    {%- set listed, declared = [], [] -%}
    {%- for feed, applies in feed_kinds().items() -%}
        {%- do listed.append(feed ~ ' (' ~ applies ~ (' to ' ~ root_feeds()[feed] if feed in root_feeds()) ~ ')') -%}
    {%- endfor -%}
    {%- for node in feeds -%}
        {%- set root = ' to ' ~ node.meta.linked.to if node.meta.get('linked') -%}
        {%- do declared.append(node.identifier ~ ' (' ~ node.meta.applies ~ root ~ ')') -%}
    {%- endfor -%}
    {%- if execute and declared | sort != listed | sort -%}
        {{ exceptions.raise_compiler_error(
            'models/landing/ declares the feeds ' ~ declared | sort | join(', ') ~ '; macros/feeds/declared_feeds.sql has '
            ~ listed | sort | join(', ') ~ ': run `muster feeds sync`'
        ) }}
    {%- endif -%}
    {%- set linked = {} -%}
    {%- for node in feeds if node.meta.get('linked') -%}
        {%- set awaited = linked.get(node.meta.linked.to, 0) + (1 if node.meta.get('enabled', true) else 0) -%}
        {%- do linked.update({node.meta.linked.to: awaited}) -%}
    {%- endfor -%}
    {%- if not feeds %}
    select '', '', '', '', false, false, '', 0, '', true, {{ dialect_literal({}) }}, false, false, false, '', {{ guard_literal({}) }} where false
    {%- else %}
    values
    {%- endif %}
    {%- for node in feeds | sort(attribute='identifier') %}
    (
        '{{ node.identifier }}',
        '{{ node.meta.applies }}',
        '{{ 'keep_all' if node.meta.applies in ('commands', 'events') else node.meta.get('on_duplicate', 'last') }}',
        '{{ node.meta.get('on_reimport', 'reset') }}',
        {{ node.meta.get('allow_empty', false) }},
        {{ node.meta.get('subscribers_only', false) }},
        {%- if node.identifier in linked %}
        'count',
        {{ linked[node.identifier] + 1 }},
        {%- else %}
        '{{ node.meta.get('parts', {}).keys() | reject('eq', 'number') | first | default('') }}',
        {{ node.meta.get('parts', {}).get('count') or 'null' }},
        {%- endif %}
        '{{ node.meta.linked.to if node.meta.get('linked') else node.identifier if node.identifier in linked else '' }}',
        {{ not node.meta.get('linked') or node.meta.get('enabled', true) }},
        {{ dialect_literal(node.meta) }},
        {{ node.meta.get('invalid_cells') == 'reject' }},
        {{ node.meta.get('unchanged_cells') == 'skip' }},
        {{ node.meta.get('creates_contacts', true) }},
        '{{ node.meta.get('max_ahead', '26 hours') }}',
        {{ guard_literal(node.meta) }}
    ){{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What a list may do before it is held (X6), as a struct: the feed's `guard`. -#}
{% macro guard_literal(meta) -%}
    {%- set guard = meta.get('guard', {}) -%}
    struct_pack(
        judged_from := {{ guard.get('judged_from', 100) }},
        max_removed_share := cast({{ guard.get('max_removed_share', 0.5) }} as double),
        max_removed_count := cast({{ guard.get('max_removed_count') or 'null' }} as bigint),
        max_rejected_share := cast({{ guard.get('max_rejected_share', 0.2) }} as double),
        min_members := cast({{ guard.get('min_members') or 'null' }} as bigint),
        max_deviation := cast({{ guard.get('max_deviation', 'null') }} as double)
    )
{%- endmacro %}
