{#-
    What this run has to read. How rows are best compared with the state depends on how many of which kind there are, and the engine
    cannot tell from the landing tables: a variable of the session says it, set when the model begins, and the engine leaves out what
    cannot be. The SQL of the model is always the same (docs/decisions/0017).
-#}

{#- Sets it, before the model that asks. -#}
{% macro set_run_size() -%}
    set variable muster_run = (
        select struct_pack(
            small := coalesce(sum(line_count), 0) * 10 < (select count(*) from {{ state_before('contact_identifiers') }}),
            compared := coalesce(bool_or(feed not in ({{ skipping_feeds() }}) and line_count > 0), false),
            hashed := coalesce(bool_or(feed in ({{ skipping_feeds() }}) and line_count > 0), false),
            looking_up := coalesce(bool_or(subscribers_only), false)
        )
        from {{ ref('int_delivery_files') }}
        inner join {{ ref('stg_muster__feeds') }} using (feed)
    )
{%- endmacro %}

{#-
    `small`: few rows beside the identifiers that are known; `compared`, `hashed`: there are rows of feeds that apply every cell, or that
    skip what is unchanged (B6); `looking_up`: of feeds that are about subscribers only (A6). Not set, as in unit tests: not small, all kinds.
-#}
{% macro run_is(kind) -%}
    coalesce(getvariable('muster_run').{{ kind }}, {{ 'false' if kind == 'small' else 'true' }})
{%- endmacro %}

{#-
    Whether a contact has several rows in this run, which then are merged one after the other. Not set: it may be so.
-#}
{% macro set_several_rows() -%}
    set variable muster_several_rows = (select count(*) > 0 from {{ ref('int_contact_cells') }} where not is_only_row)
{%- endmacro %}

{% macro has_several_rows() -%}
    coalesce(getvariable('muster_several_rows'), true)
{%- endmacro %}

{#-
    What was known before this run of whoever rows are about, as CTEs: `identifiers_before`, and, for rows of which a `kind` (`run_is`) is
    compared, `last_rows_before`. Of a small run, only the identifiers and contacts that it has are looked at.
-#}
{% macro state_of_run(rows_of_run, kind) -%}
identifiers_of_run as (
    select * from {{ state_before('contact_identifiers') }}
    where
        {{ run_is('small') }}
        and identifier_value in (select sent.identifier_value from {{ rows_of_run }} as sent)
),

identifiers_before as (
    select * from identifiers_of_run
    union all
    select * from {{ state_before('contact_identifiers') }}
    where not {{ run_is('small') }}
),

last_rows_before as (
    select * from {{ state_before('imported_rows') }}
    where
        {{ run_is(kind) }}
        and (not {{ run_is('small') }} or contact_id in (select found.contact_id from identifiers_of_run as found))
)
{%- endmacro %}
