-- One row per row of this run, narrow: whose its first identifier is, and whether it would change that contact. The one
-- pass over all rows as sent: of those that change nothing, only numbers are kept.
with

-- What feeds that skip what is unchanged (B6) say is compared by its hash: their cells are not processed here.
sent as (
    select
        log_id,
        row_id,
        feed,
        tenant_id,
        segment_id,
        segment_name,
        identifier_type,
        identifier_value,
        identifiers,
        row_code,
        is_filtered,
        file_code,
        row_hash,
        properties
    from {{ ref('int_rows') }}
    where feed not in ({{ skipping_feeds() }})
    union all
    select
        log_id,
        row_id,
        feed,
        tenant_id,
        segment_id,
        segment_name,
        identifier_type,
        identifier_value,
        identifiers,
        row_code,
        is_filtered,
        file_code,
        row_hash,
        {{ pack_properties() }} as properties
    from {{ ref('int_rows') }}
    where feed in ({{ skipping_feeds() }})
),

rules as (
    select * from {{ ref('int_merge_rules') }}
),

identifiers_before as (
    select * from {{ state_before('contact_identifiers', since='log_id') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

imported_before as (
    select * from {{ state_before('imported_rows', since='valid_from_log_id', until='valid_to_log_id') }}
),

owned as (
    select
        sent.*,
        identifiers_before.contact_id as owner_id
    from sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
),

-- Rows of plain feeds are compared as they are, those of others as their rules read them.
named as (
    select
        owned.*,
        rules.is_plain or rules.skips_unchanged as is_compared_as_sent,
        case
            when not (rules.is_plain or rules.skips_unchanged)
                then {{ renamed_columns('owned.properties.other', 'rules') }}
        end as renamed
    from owned
    inner join rules on owned.feed = rules.feed
),

imported as (
    select
        named.*,
        case
            when not named.is_compared_as_sent
                then {{ imported_properties('named.properties', 'named.renamed', 'rules') }}
        end as imported_properties
    from named
    inner join rules on named.feed = rules.feed
),

compared as (
    select
        imported.*,
        coalesce(
            versions_before.contact_id is null
            or case
                when rules.is_plain then {{ changes_properties('versions_before.properties', 'imported.properties') }}
                when rules.skips_unchanged
                    then imported_before.row_hash is distinct from imported.row_hash
                else {{ merged_by_rules(
                    'versions_before.properties', 'imported.imported_properties', 'rules', 'false'
                ) }} is distinct from versions_before.properties
            end,
            false
        ) as is_change
    from imported
    inner join rules on imported.feed = rules.feed
    left join versions_before on imported.owner_id = versions_before.contact_id
    left join imported_before
        on imported.feed = imported_before.feed and imported.owner_id = imported_before.contact_id
),

final as (
    select
        log_id,
        row_id,
        segment_id,
        segment_name,
        owner_id,
        identifiers,
        is_change,
        row_code,
        is_filtered,
        file_code,
        row_hash,
        case when owner_id is null then identifier_type end as identifier_type,
        case when owner_id is null then identifier_value end as identifier_value
    from compared
)

select * from final
