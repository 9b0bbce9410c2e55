-- One row per row that depends on others. In each round a row is decided if it is the first of those left to bring each
-- of its identifiers that nobody has yet, and the first that a contact may take on: the same as one by one (X3). Rows
-- that only look somebody up (A6) bring nothing: nobody waits for them, and they do not see who came after them.
with recursive

tangled as (
    select foreseen.* replace (coalesce(foreseen.owner_id, chained.contact_id) as owner_id)
    from {{ ref('int_identities__foreseen') }} as foreseen
    left join {{ ref('int_identities__chained') }} as chained on foreseen.position = chained.position
),

-- Those that a round decides are left out of the next; their identifiers have an owner there.
rounds as (
    select
        *,
        cast(null as bigint) as contact_id,
        cast(0 as bigint) as contact_bits,
        false as is_conflict,
        false as is_decided
    from tangled
    union all
    (
        with

        waiting as (
            select
                * replace (min(case when attaches then position end) over of_identifier as first_position),
                min(case when type_bit > 0 then owner_id end) over of_row as strong_owner_id,
                max(if(type_bit > 0, owner_bits, 0)) over of_row as strong_bits,
                bool_or(type_bit > 0 and owner_id is null) over of_row as is_newcomer,
                owner_id is not null
                and if(type_bit > 0, (row_bits & ~owner_bits) <> 0, (row_bits & owner_bits) = 0) as may_take
            from rounds
            where not is_decided
            window of_row as (partition by position), of_identifier as (partition by identifier_id)
        ),

        -- By which owners it is decided whom a row is about, and whether what outweighs these says that it is not them.
        seen as (
            select
                *,
                coalesce(bool_or(owner_id is null and position > first_position) over of_row, false) as is_blocked,
                min(case when decides(type_bit, row_bits, strong_owner_id, may_take) then owner_id end) over of_row
                    as least_owner_id,
                max(case when decides(type_bit, row_bits, strong_owner_id, may_take) then owner_id end) over of_row
                    as greatest_owner_id,
                outweighs(
                    min(if(owner_id is null and (type_bit & strong_bits) > 0, type_bit, null)) over of_row,
                    min(if(owner_id is not null and type_bit > 0, type_bit, null)) over of_row
                ) as is_contradicted
            from waiting
            window of_row as (partition by position)
        ),

        found as (
            select
                *,
                case
                    when row_bits > 0 and strong_owner_id is null
                        then contact_taking(least_owner_id, greatest_owner_id, creates_contacts, row_id)
                    when not is_contradicted
                        then contact_found(least_owner_id, greatest_owner_id, creates_contacts, row_id)
                end as found_id,
                min(case when is_newcomer then position end) over (partition by owner_id) as first_newcomer,
                min(case when is_newcomer and is_blocked then position end) over (partition by tenant_id) as first_open
            from seen
        ),

        decided as (
            select
                *,
                max(if(owner_id = found_id and found_id <> row_id, owner_bits, 0)) over of_row as bits_before,
                not is_blocked and bool_and(
                    not (is_newcomer and may_take and position > least(first_newcomer, first_open))
                ) over of_row as is_ready
            from found
            window of_row as (partition by position)
        ),

        owned as (
            select
                * replace (coalesce(
                    owner_id,
                    if(position >= first_position, max(
                        case when is_ready and attaches and (type_bit & bits_before) = 0 then found_id end
                    ) over (partition by identifier_id), null)
                ) as owner_id)
            from decided
        )

        select
            * exclude (
                strong_owner_id, strong_bits, is_newcomer, may_take, is_blocked, least_owner_id,
                greatest_owner_id, is_contradicted, found_id, first_newcomer, first_open, bits_before, is_ready
            ) replace (
                owner_bits | bit_or(if(is_ready and attaches and owner_id = found_id, bits_before | row_bits, 0))
                    over (partition by owner_id) as owner_bits,
                case when is_ready then found_id end as contact_id,
                bits_before as contact_bits,
                is_ready and found_id is null
                and if(row_bits > 0, strong_owner_id, least_owner_id) is not null as is_conflict,
                is_ready as is_decided
            )
        from owned
    )
),

final as (
    select distinct
        log_id,
        row_id,
        position,
        contact_id,
        contact_bits,
        is_conflict
    from rounds
    where is_decided
)

select * from final
