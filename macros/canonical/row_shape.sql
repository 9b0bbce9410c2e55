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
        'command': command_type(),
        'link_key': 'varchar',
        'event': 'struct(type varchar, id varchar, occurred_at timestamp, properties map(varchar, varchar))',
        'row_hash': 'ubigint',
    }) }}
{%- endmacro %}

{#-
    The type of commands. `partner_segment_id`: the segment by its id, if seeds/segment_registry.csv does not know it; `is_named`: whether
    the row says its name as well (M4).
-#}
{% macro command_type() -%}
    struct(operation varchar, expires_at timestamp, data_bag varchar, partner_segment_id varchar, is_named boolean)
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
    where _file_id <= last_entry()
    {%- endfor %}
{%- endmacro %}

{#- The rows of this run, as staged, of the feeds whose files apply one of these kinds (`applies`), with `row_id`. -#}
{% macro rows_of_run(kinds) -%}
    {{ rows_of_run_of(feeds_that_apply(kinds)) }}
{%- endmacro %}

{#- The same of single feeds. -#}
{% macro rows_of_run_of(feeds) -%}
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}, feeds) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where _file_id in (select files.file_id from {{ ref('int_delivery_files') }} as files)
    {%- endcall %}
{%- endmacro %}

{#-
    The rows of this run in files of commands, per delivery: what a command before has named by an id is meant by the id (M4), and by no
    other name. `segment_of_file`: as of any row.
-#}
{% macro command_rows() -%}
    {%- call(staged) rows_of_feeds(
        {'log_id': 'bigint', 'tenant_id': 'varchar', 'segment_of_file': 'uuid'}, feeds_that_apply(['commands'])
    ) %}
    select
        staged.* exclude (segment_name, row_code),
        files.log_id,
        files.tenant_id,
        files.segment_id as segment_of_file,
        if(staged.command.is_named, staged.segment_name, coalesce(known.segment_name, staged.segment_name)) as segment_name,
        coalesce(
            staged.row_code,
            case when staged.command.is_named and staged.segment_name <> known.segment_name then 'segment_mismatch' end
        ) as row_code
    from {{ staged }} as staged
    inner join {{ ref('int_delivery_files') }} as files on staged._file_id = files.file_id
    left join {{ ref('segment_ids') }} as known
        on
            files.tenant_id = known.tenant_id
            and staged.command.partner_segment_id = known.partner_segment_id
            and (
                files.log_id > known.log_id
                or (files.log_id = known.log_id and row_id(staged._file_id, staged._line_number) > known.row_id)
            )
    {%- endcall %}
{%- endmacro %}

{#-
    The rows of this run per delivery, stream by stream, so that the engine sees how little of each a run reads. `segment_of_file`: where
    the name of the file says it. `only_to_read`: those that are not known to be unchanged (B6).
-#}
{% macro rows_of_deliveries(feeds, only_to_read=false) -%}
    {%- call(staged) rows_of_feeds({'log_id': 'bigint', 'tenant_id': 'varchar', 'segment_of_file': 'uuid'}, feeds) %}
    select
        staged.*,
        files.log_id,
        files.tenant_id,
        files.segment_id as segment_of_file
    from {{ staged }} as staged
    inner join {{ ref('int_delivery_files') }} as files on staged._file_id = files.file_id
    {%- if only_to_read %}
    semi join {{ ref('int_rows__unchanged') }} as to_read
        on row_id(staged._file_id, staged._line_number) = to_read.row_to_read
    where {{ is_on_a_line_of({ref('int_rows__unchanged'): ['row_to_read']}) }}
    {%- endif %}
    {%- endcall %}
{%- endmacro %}

{#- The rows of this run in files linked to profiles or groups (B10): the root row says whom one is about. -#}
{% macro linked_rows() -%}
    {%- call(staged) rows_of_feeds({'log_id': 'bigint', 'tenant_id': 'varchar'}, linked_to(kinds_with_properties())) %}
    select
        staged.*,
        files.log_id,
        files.tenant_id,
        linked.identifier_type,
        linked.identifier_value
    from {{ staged }} as staged
    inner join {{ ref('int_delivery_files') }} as files on staged._file_id = files.file_id
    inner join {{ ref('int_rows__linked') }} as linked
        on files.log_id = linked.log_id and row_id(staged._file_id, staged._line_number) = linked.row_id
    {%- endcall %}
{%- endmacro %}

{#-
    Adds to the rows of a relation (with `log_id`, `row_id`, `contact_id`) those that are linked to them, of files of the same delivery.
    `sent`: the former as staged; `files`: the files of each delivery, with `versions_back`.
-#}
{% macro with_rows_linked_to(relation, sent, files) -%}
    {%- if roots_with_properties() -%}
    union all by name
    select distinct
        {{ relation }}.log_id,
        row_id(linked._file_id, linked._line_number) as row_id,
        {{ relation }}.contact_id,
        true as is_linked
    from {{ relation }}
    inner join {{ sent }} as roots on {{ relation }}.row_id = row_id(roots._file_id, roots._line_number)
    inner join (
        {% call(staged) rows_of_feeds(feeds=linked_to(kinds_with_properties())) %}
        select * from {{ staged }}
        where row_code is null
        {% endcall %}
    ) as linked on roots.link_key = linked.link_key
    inner join {{ files }} as files_of_linked
        on
            linked._file_id = files_of_linked.file_id
            and {{ relation }}.log_id = files_of_linked.log_id
            and files_of_linked.versions_back = 1
    {%- endif -%}
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
