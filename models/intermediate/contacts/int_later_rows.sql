-- One row per row of an entry before this run that had an effect on a contact, where a row of this run about the same
-- contact, or its subscription, is of an earlier time (X12): who it was about, by the identifiers as known then.
with

overtaken as (
    select
        contact_rows.contact_id,
        deliveries.tenant_id,
        deliveries.sent_at
    from {{ ref('int_contact_rows') }} as contact_rows
    inner join {{ ref('deliveries') }} as deliveries on contact_rows.log_id = deliveries.log_id
    where contact_rows.is_overtaken and deliveries.is_overtaken
    union all
    select
        contact_id,
        tenant_id,
        sent_at
    from {{ ref('int_import_rows') }}
    where is_overtaken
),

identifiers as (
    select
        *,
        place_in_log(log_id, row_id(_file_id, _line_number)) as place
    from {{ state_before('contact_identifiers') }}
    where tenant_id in (select overtaken.tenant_id from overtaken)
),

-- Of each path the latest version up to then.
files as (
    select
        later.log_id,
        later.tenant_id,
        files.file_id,
        files.segment_id,
        row_number() over (partition by later.log_id, files.path order by files.file_id desc) as versions_back
    from {{ state_before('deliveries') }} as later
    inner join {{ ref('stg_muster__files') }} as files
        on later.feed = files.delivery_feed and later.delivery = files.delivery and later.log_id >= files.file_id
    where
        later.verdict = 'applied'
        and later.feed not in ({{ quoted(feeds_with('subscribers_only', true) or ['']) }})
        and later.tenant_id in (select overtaken.tenant_id from overtaken)
        and later.sent_at > (select min(overtaken.sent_at) from overtaken)
        and files.duplicate_of is null
        and (files.is_part or files.file_id = later.log_id)
),

sent as (
    {%- call(staged) rows_of_feeds(feeds=feeds_that_apply(kinds_with_properties())) %}
    select * from {{ staged }}
    where _file_id in (select files.file_id from files)
    {%- endcall %}
),

given as (
    select
        files.log_id,
        files.tenant_id,
        row_id(sent._file_id, sent._line_number) as row_id,
        segment_of_row(files.segment_id, files.tenant_id, sent.segment_name) as segment_id,
        unnest(  -- noqa: AL03
            coalesce(sent.identifiers, [struct_pack(type := sent.identifier_type, value := sent.identifier_value)]),
            recursive := true
        )
    from sent
    inner join files on sent._file_id = files.file_id and files.versions_back = 1
    where coalesce(sent.file_code, sent.filter_code, sent.row_code) is null
),

concerned as (
    select given.row_id
    from given
    inner join identifiers on given.value = identifiers.identifier_value
    where identifiers.contact_id in (select overtaken.contact_id from overtaken)
),

-- Identifiers that only one contact can have decide before all others; what a row attached itself is its contact's, and
-- one that it did not, which outweighs those of the contact, made it a conflict.
owned as (
    select
        given.* exclude (tenant_id, type, value),  -- noqa: RF02
        {{ type_bit('given.type') }} as type_bit,
        bool_or(type_bit > 0) over (partition by given.log_id, given.row_id) as has_strong,
        identifiers.contact_id
    from given
    left join identifiers
        on
            given.tenant_id = identifiers.tenant_id
            and given.type = identifiers.identifier_type
            and given.value = identifiers.identifier_value
            and place_in_log(given.log_id, given.row_id) >= identifiers.place
    where given.row_id in (select concerned.row_id from concerned)
),

final as (
    select
        owned.log_id,
        owned.segment_id,
        owned.row_id,
        false as is_linked,
        min(owned.contact_id) as contact_id
    from owned
    anti join {{ lists_without_effect(state_before('segment_lists')) }} as lists
        on owned.log_id = lists.log_id and owned.segment_id = lists.segment_id
    where (owned.type_bit > 0) = owned.has_strong
    group by owned.log_id, owned.segment_id, owned.row_id
    having
        min(owned.contact_id) = max(owned.contact_id)
        and min(owned.contact_id) in (select overtaken.contact_id from overtaken)
        and not outweighs(
            min(owned.type_bit) filter (where owned.contact_id is null),
            min(owned.type_bit) filter (where owned.contact_id is not null)
        )
)

select * from final
{{ with_rows_linked_to('final', 'sent', 'files') }}
