{{ config(materialized='view') }}

with

feed_connections (feed, connection_name) as (
    {{ feed_connections() }}
),

told as (  -- whom a feed created or changed, brought into a segment, or told an event of
    select
        tenant_id,
        feed,
        contact_id
    from {{ ref('contact_versions') }}
    where not is_group
    union all
    select
        spells.tenant_id,
        jobs.feed,
        spells.contact_id
    from {{ ref('membership_spells') }} as spells
    inner join {{ ref('import_jobs') }} as jobs on spells.entry_file_id = jobs.file_id
    union all
    select
        tenant_id,
        feed,
        contact_id
    from {{ ref('timeline_events') }}
),

imported as (
    select
        told.tenant_id,
        feed_connections.connection_name,
        count(distinct told.contact_id) as imported_count
    from told
    inner join feed_connections on told.feed = feed_connections.feed
    group by told.tenant_id, feed_connections.connection_name
),

-- A run has one connection, however many files.
run_connections as (
    select distinct
        run_id,
        connection as connection_name
    from {{ source('exported', 'files') }}
),

exported as (
    select
        contacts.tenant_id,
        run_connections.connection_name,
        count(distinct contacts.contact_id) as exported_count
    from {{ source('exported', 'rows') }} as sent
    inner join run_connections on sent.run_id = run_connections.run_id
    inner join {{ ref('contacts') }} as contacts on sent.contact_id = contacts.contact_id
    group by contacts.tenant_id, run_connections.connection_name
),

final as (
    select
        coalesce(imported.tenant_id, exported.tenant_id) as tenant_id,
        coalesce(imported.connection_name, exported.connection_name) as connection_name,
        coalesce(imported.imported_count, 0) as imported_count,
        coalesce(exported.exported_count, 0) as exported_count
    from imported
    full join exported
        on imported.tenant_id = exported.tenant_id and imported.connection_name = exported.connection_name
)

select * from final
