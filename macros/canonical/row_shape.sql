{#-
    The row shape that all partners share: a staging model says of it what its feed has, all else is null. Names, and their types.
-#}
{% macro canonical_columns() -%}
    {{ return({
        '_file_id': 'bigint',
        '_line_number': 'bigint',
        'segment_name': 'varchar',
        'identifier_type': 'varchar',
        'identifier_value': 'varchar',
        'identifiers': 'struct(type varchar, value varchar)[]',
        'properties': properties_type(),
        'dropped_cells': cells_type(),
        'sms_phone': 'varchar',
        'status': 'varchar',
        'row_code': 'varchar',
        'file_code': 'varchar',
        'filter_code': 'varchar',
        'command': 'struct(operation varchar, expires_at timestamp, data_bag varchar)',
        'link_key': 'varchar',
        'event': 'struct(type varchar, id varchar, occurred_at timestamp, properties map(varchar, varchar))',
        'row_hash': 'ubigint',
    }) }}
{%- endmacro %}

{#- The type of cells that are dropped beside a good identifier (X10). -#}
{% macro cells_type() -%}
    struct(column_name varchar, code varchar, text varchar)[]
{%- endmacro %}

{#-
    The rows of all feeds under each other in that shape, with `feed`. `{% call(staged) rows_of_feeds() %}` has the query of one feed,
    which reads its staging model `staged`; `more`: the columns that it adds, and their types; `feeds`: those feeds, if not all (each
    costs the engine time to plan, also where it has no rows).
-#}
{% macro rows_of_feeds(more={}, feeds=none) -%}
    select
        {%- for name, type in (canonical_columns().items() | list) + (more.items() | list) %}
        cast(null as {{ type }}) as {{ name }},
        {%- endfor %}
        cast(null as varchar) as feed
    where false
    {%- for feed in (declared_feeds() if feeds is none else feeds) %}
    union all by name
    select
        *,
        '{{ feed }}' as feed
    from ({{ caller(ref('stg_' ~ feed)) }}
    ) as rows_of_feed
    {%- endfor %}
{%- endmacro %}

{#- The rows of this run, as staged, of the feeds whose files apply one of these kinds (`applies`), with `row_id`. -#}
{% macro rows_of_run(kinds) -%}
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}, feeds_that_apply(kinds)) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where _file_id in (select files.file_id from {{ ref('int_delivery_files') }} as files)
    {%- endcall %}
{%- endmacro %}

{#- What a row says, as a number: of feeds that skip what is unchanged (B6) and do not hash their cells as sent. -#}
{% macro hash_of_row() -%}
    hash(identifier_type, identifier_value, identifiers, properties)
{%- endmacro %}

{#- What rows of linked files name a row by (B10): the cells of the columns of the join; null if one is empty. -#}
{% macro link_key(columns) -%}
    {%- if columns | length == 1 %} {{ columns[0] }}
    {%- else %} key_part({{ columns | join(') || key_part(') }})
    {%- endif %} as link_key
{%- endmacro %}
