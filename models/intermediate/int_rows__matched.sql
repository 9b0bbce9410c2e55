-- One row per row of this run, narrow: whose its first identifier is, and whether it would change that contact. The one
-- pass over all rows as sent: of those that change nothing, only numbers are kept. Rows of feeds that skip what is
-- unchanged (B6) are `hashed`: compared with the contact's last row by a number, so that their cells are not processed
-- here. All others are `compared`, cell by cell, with the contact.
-- depends_on: {{ ref('int_delivery_files') }}
{%- set kinds = kinds_of_rows().split() %}
{%- set is_small = is_small_run() %}

with

{% for kind in kinds -%}
{{ kind }}_rows as (
    select * from {{ ref('int_rows') }}
    where feed {{ 'not' if kind == 'compared' }} in ({{ skipping_feeds() }})
),

{% endfor -%}

-- Of a small run, only the identifiers that it has are looked at.
identifiers_before as (
    select * from {{ state_before('contact_identifiers', since='log_id') }}
    {%- if is_small %}
    where
        identifier_value in (
            {%- for kind in kinds %}
            select sent.identifier_value from {{ kind }}_rows as sent
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        )
    {%- endif %}
),

{% for kind in kinds -%}
{{ kind }}_with_owner as (
    select
        sent.*,
        identifiers_before.contact_id as owner_id
    from {{ kind }}_rows as sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
),

{% endfor -%}

{% if 'compared' in kinds -%}
rules as (
    select * from {{ ref('int_merge_rules') }}
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
    {%- if is_small %}
    where contact_id in (select found.owner_id from compared_with_owner as found)
    {%- endif %}
),

-- Rows of plain feeds are compared as they are, those of others as their rules read them.
named as (
    select
        found.*,
        case
            when not rules.is_plain then {{ renamed_columns('found.properties.other', 'rules') }}
        end as renamed
    from compared_with_owner as found
    inner join rules on found.feed = rules.feed
),

imported as (
    select
        named.*,
        case
            when not rules.is_plain then {{ imported_properties('named.properties', 'named.renamed', 'rules') }}
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
                else {{ merged_by_rules(
                    'versions_before.properties', 'imported.imported_properties', 'rules', 'false'
                ) }} is distinct from versions_before.properties
            end,
            false
        ) as is_change
    from imported
    inner join rules on imported.feed = rules.feed
    left join versions_before on imported.owner_id = versions_before.contact_id
),

{% endif -%}

{% if 'hashed' in kinds -%}
imported_before as (
    select * from {{ state_before('imported_rows', since='valid_from_log_id', until='valid_to_log_id') }}
    {%- if is_small %}
    where contact_id in (select found.owner_id from hashed_with_owner as found)
    {%- endif %}
),

hashed as (
    select
        found.*,
        (imported_before.row_hash is distinct from found.row_hash) as is_change
    from hashed_with_owner as found
    left join imported_before
        on found.feed = imported_before.feed and found.owner_id = imported_before.contact_id
),

{% endif -%}

final as (
    {%- for kind in kinds %}
    select
        log_id,
        row_id,
        segment_id,
        segment_name,
        owner_id,
        is_change,
        row_code,
        is_filtered,
        file_code,
        row_hash,
        {%- if kind == 'hashed' %}
        -- When the contact's last row said the same, all its identifiers were attached to the contact.
        case when is_change then identifiers end as identifiers,
        {%- else %}
        identifiers,
        {%- endif %}
        case when owner_id is null then identifier_type end as identifier_type,
        case when owner_id is null then identifier_value end as identifier_value
    from {{ kind }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
