-- One row per identifier of a row that shares an unknown identifier with a row of several: these depend on each other,
-- and are decided in rounds. In each round a row is decided if it is the first of those left to bring each of its
-- identifiers that have no contact yet; so the result is that of going through them one by one (X3). Rows that only
-- look somebody up (A6) bring nothing: nobody waits for them, and they do not see who came after them.
with recursive

identifiers as not materialized (
    select * from {{ ref('int_identifiers') }}
),

shared as (
    select
        tenant_id,
        identifier_type,
        identifier_value
    from identifiers
    where owner_id is null
    group by tenant_id, identifier_type, identifier_value
    having count(*) > 1 and max(identifier_count) > 1
),

tangled as (
    select *
    from identifiers
    where
        position in (
            select bringing.position
            from identifiers as bringing
            inner join shared
                on
                    bringing.tenant_id = shared.tenant_id
                    and bringing.identifier_type = shared.identifier_type
                    and bringing.identifier_value = shared.identifier_value
        )
),

-- Those that a round decides are left out of the next; their identifiers have an owner there.
rounds as (
    select
        log_id,
        row_id,
        position,
        tenant_id,
        creates_contacts,
        attaches,
        identifier_count,
        identifier_type,
        identifier_value,
        owner_id,
        cast(null as bigint) as contact_id,
        false as is_conflict,
        false as is_decided
    from tangled
    union all
    select
        log_id,
        row_id,
        position,
        tenant_id,
        creates_contacts,
        attaches,
        identifier_count,
        identifier_type,
        identifier_value,
        coalesce(
            owner_id,
            case when position >= first_position then max(case when is_ready and attaches then found_id end) over (
                        partition by tenant_id, identifier_type, identifier_value
                    )
            end
        ) as owner_id,
        case when is_ready then found_id end as contact_id,
        is_ready and owners_conflict(least_owner_id, greatest_owner_id) as is_conflict,
        is_ready as is_decided
    from (
        select
            *,
            contact_found(least_owner_id, greatest_owner_id, creates_contacts, row_id) as found_id,
            bool_and(owner_id is not null or coalesce(position <= first_position, true)) over (
                partition by position
            ) as is_ready
        from (
            select
                *,
                min(owner_id) over (partition by position) as least_owner_id,
                max(owner_id) over (partition by position) as greatest_owner_id,
                min(case when attaches then position end) over (
                    partition by tenant_id, identifier_type, identifier_value
                ) as first_position
            from rounds
            where not is_decided
        ) as waiting
    ) as judged
),

final as (
    select
        log_id,
        row_id,
        position,
        identifier_type,
        identifier_value,
        owner_id,
        contact_id,
        is_conflict
    from rounds
    where is_decided
)

select * from final
