-- One row per identifier of an effective row that brings at least one unknown one; with the contact it had before this
-- run.
with

effective as (
    select * from {{ ref('int_rows__judged') }}
    where is_effective and is_open and not is_conflict and not subscribers_only
),

listed as (
    select * from {{ ref('int_identifiers__listed') }}
),

sent as (
    select
        log_id,
        row_id,
        tenant_id,
        creates_contacts,
        identifier_type,
        identifier_value,
        1 as identifier_count,
        cast(null as bigint) as owner_id
    from effective
    where identifiers is null
    union all
    select
        effective.log_id,
        effective.row_id,
        effective.tenant_id,
        effective.creates_contacts,
        listed.identifier_type,
        listed.identifier_value,
        len(effective.identifiers) as identifier_count,
        listed.owner_id
    from effective
    inner join listed on effective.log_id = listed.log_id and effective.row_id = listed.row_id
),

final as (
    select
        *,
        {{ position('log_id', 'row_id') }} as position
    from sent
)

select * from final
