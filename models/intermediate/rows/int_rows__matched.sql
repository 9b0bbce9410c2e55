-- One row per row of this run, narrow: whose its first identifier is, and whether it would change that contact. The one
-- pass that processes all cells: of rows that change nothing, hardly more than numbers are kept. Rows of feeds that
-- skip what is unchanged (B6) are `hashed`: compared with the contact's last row by a number, so that their cells are
-- not processed here. All others are `compared`, cell by cell, with the contact.
{{ config(pre_hook="{{ set_run_size() }}") }}

with

rules as (
    select * from {{ ref('int_merge_rules') }}
),

-- Planned once for all its uses.
sent_rows as not materialized (
    select * from {{ ref('int_rows') }}
),

-- Of a small run, only the identifiers and contacts that it has are looked at.
identifiers_of_run as (
    select * from {{ state_before('contact_identifiers') }}
    where
        {{ run_is('small') }}
        and identifier_value in (select sent.identifier_value from sent_rows as sent)
),

identifiers_before as (
    select * from identifiers_of_run
    union all
    select * from {{ state_before('contact_identifiers') }}
    where not {{ run_is('small') }}
),

versions_before as (
    select * from {{ state_before('contact_versions') }}
    where not {{ run_is('small') }} or contact_id in (select found.contact_id from identifiers_of_run as found)
),

last_rows_before as (
    select * from {{ state_before('imported_rows') }}
    where not {{ run_is('small') }} or contact_id in (select found.contact_id from identifiers_of_run as found)
),

{% for kind in ['compared', 'hashed'] -%}
{{ kind }}_rows as (
    select
        sent.*,
        identifiers_before.contact_id as owner_id
    from sent_rows as sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
    where sent.feed {{ 'not' if kind == 'compared' }} in ({{ skipping_feeds() }}) and {{ run_is(kind) }}
),

{% endfor -%}

judged as (
    select
        compared_rows.* exclude (properties),  -- noqa: RF02
        (
            versions_before.contact_id is null
            or {{ changes_properties('versions_before.properties', 'compared_rows.properties', 'rules') }}
        ) as is_change
    from compared_rows
    inner join rules on compared_rows.feed = rules.feed
    left join versions_before on compared_rows.owner_id = versions_before.contact_id
    union all
    select
        hashed_rows.* exclude (properties),  -- noqa: RF02
        (last_rows_before.row_hash is distinct from hashed_rows.row_hash) as is_change
    from hashed_rows
    left join last_rows_before
        on hashed_rows.feed = last_rows_before.feed and hashed_rows.owner_id = last_rows_before.contact_id
),

-- Identifiers are needed where one of them may be unknown: not where the contact's last row said the same.
final as (
    select
        log_id,
        row_id,
        segment_id,
        segment_name,
        owner_id,
        is_change,
        row_code,
        is_filtered,
        spoils_file,
        row_hash,
        dropped_cells,
        case
            when row_code is not null or feed in ({{ quoted(linked_to(kinds_with_properties()) or ['']) }}) then null
            when owner_id is null
                then coalesce(identifiers, [struct_pack(type := identifier_type, value := identifier_value)])
            when is_change or row_hash is null then identifiers
        end as identifiers
    from judged
)

select * from final
