-- One row per identifier of an effective row that brings at least one unknown one; with the contact it had before this
-- run.
with

effective as (
    select * from {{ ref('int_rows__judged') }}
    where is_effective and is_open and not is_conflict and not subscribers_only
),

identifiers_before as (
    select * from {{ state_before('contact_identifiers', since='log_id') }}
),

-- One row per identifier of the rows that have several.
listed as (
    select
        log_id,
        row_id,
        tenant_id,
        len(identifiers) as identifier_count,
        unnest(identifiers) as identifier
    from effective
    where identifiers is not null
),

sent as (
    select
        log_id,
        row_id,
        tenant_id,
        identifier_type,
        identifier_value,
        1 as identifier_count
    from effective
    where identifiers is null
    union all
    select
        log_id,
        row_id,
        tenant_id,
        identifier.type as identifier_type,
        identifier.value as identifier_value,
        identifier_count
    from listed
),

final as (
    select
        sent.*,
        {{ position('sent.log_id', 'sent.row_id') }} as position,
        identifiers_before.contact_id as owner_id
    from sent
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
)

select * from final
