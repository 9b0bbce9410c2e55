-- One row per row of this run, narrow: whose its first identifier is, and whether it would change that contact. The one
-- pass that processes all cells: of rows that change nothing, hardly more than numbers are kept. Rows of feeds that
-- skip what is unchanged (B6) are `hashed`: compared with the contact's last row by a number, where they can be before
-- they are read. All others are `compared`, cell by cell, with the contact.
{{ config(pre_hook="{{ set_run_size() }}") }}

with

rules as (
    select * from {{ ref('int_merge_rules') }}
),

sent_rows as not materialized (
    select
        *,
        feed in ({{ skipping_feeds() }}) as is_hashed
    from {{ ref('int_rows') }}
),

{{ state_of_run('sent_rows', 'hashed') }},

versions_before as (
    select * from {{ state_before('contact_versions') }}
    where
        {{ run_is('compared') }}
        and (not {{ run_is('small') }} or contact_id in (select found.contact_id from identifiers_of_run as found))
),

owned as (
    select
        sent_rows.*,
        identifiers_before.contact_id as owner_id
    from sent_rows
    left join identifiers_before
        on
            sent_rows.tenant_id = identifiers_before.tenant_id
            and sent_rows.identifier_type = identifiers_before.identifier_type
            and sent_rows.identifier_value = identifiers_before.identifier_value
),

judged as (
    select
        owned.* exclude (properties),  -- noqa: RF02
        rules.rules_version,
        case
            when owned.is_hashed then (last_rows_before.row_hash is distinct from owned.row_hash)
            when versions_before.contact_id is null then true
            else {{ changes_properties('versions_before.properties', 'owned.properties', 'rules') }}
        end as is_change
    from owned
    inner join rules on owned.feed = rules.feed
    left join versions_before on case when not owned.is_hashed then owned.owner_id end = versions_before.contact_id
    left join last_rows_before
        on
            case when owned.is_hashed then owned.owner_id end = last_rows_before.contact_id
            and owned.feed = last_rows_before.feed
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
        case when dropped_cells is null then rules_version end as read_by,
        dropped_cells,
        case
            when row_code is not null or feed in ({{ quoted(linked_to(kinds_with_properties()) or ['']) }}) then null
            when owner_id is null
                then coalesce(identifiers, [struct_pack(type := identifier_type, value := identifier_value)])
            when is_change or row_hash is null then identifiers
        end as identifiers
    from judged
    union all by name
    select
        log_id,
        row_id,
        segment_id,
        segment_name,
        owner_id,
        false as is_change,
        false as is_filtered,
        false as spoils_file,
        row_hash,
        read_by
    from {{ ref('int_rows__unchanged') }}
    where is_unchanged
)

select * from final
