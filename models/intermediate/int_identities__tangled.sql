-- One row per identifier of a row that shares an unknown identifier with a row of several: these depend on each other,
-- and are decided in rounds. In each round a row is decided if it is the first of those left to bring each of its
-- identifiers that have no contact yet; so the result is that of going through them one by one (X3).
with recursive

open as (
    select * from {{ ref('int_identifiers__open') }}
),

shared as (
    select
        tenant_id,
        identifier_type,
        identifier_value
    from open
    where owner_id is null
    group by tenant_id, identifier_type, identifier_value
    having count(*) > 1 and max(identifier_count) > 1
),

tangled as (
    select open.*
    from open
    where
        open.position in (
            select bringing.position
            from open as bringing
            inner join shared
                on
                    bringing.tenant_id = shared.tenant_id
                    and bringing.identifier_type = shared.identifier_type
                    and bringing.identifier_value = shared.identifier_value
        )
),

rounds as (
    select
        0 as round,
        log_id,
        row_id,
        position,
        tenant_id,
        identifier_type,
        identifier_value,
        owner_id,
        cast(null as bigint) as contact_id,
        false as is_decided
    from tangled
    union all
    select
        round + 1 as round,
        log_id,
        row_id,
        position,
        tenant_id,
        identifier_type,
        identifier_value,
        coalesce(
            owner_id,
            max(case when is_ready and not is_decided then decided_contact_id end) over (
                partition by tenant_id, identifier_type, identifier_value
            )
        ) as owner_id,
        case when is_ready and not is_decided then decided_contact_id else contact_id end as contact_id,
        is_decided or is_ready as is_decided
    from (
        select
            *,
            case
                when
                    coalesce(min(owner_id) over (partition by position), row_id)
                    = coalesce(max(owner_id) over (partition by position), row_id)
                    then coalesce(min(owner_id) over (partition by position), row_id)
            end as decided_contact_id,
            bool_and(owner_id is not null or first_position = position) over (partition by position) as is_ready,
            bool_or(not is_decided) over () as is_going_on
        from (
            select
                *,
                min(case when not is_decided then position end) over (
                    partition by tenant_id, identifier_type, identifier_value
                ) as first_position
            from rounds
        ) as waiting
    ) as judged
    where is_going_on
),

-- A row that is decided without a contact is a conflict.
final as (
    select * exclude (round)
    from rounds
    where round = (select max(all_rounds.round) from rounds as all_rounds)
)

select * from final
