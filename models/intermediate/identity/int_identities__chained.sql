-- One row per row that depends on others only by identifiers that several contacts may have, and must be about the same
-- contact as all rows that it hangs together with: of these, only one knows or creates somebody. A chain of rows, each
-- with an identifier of the one before, is found in rounds of doubling length (C19).
with recursive

weak as (
    select
        *,
        case
            when owner_id is null
                then bool_and(row_bits = 0 and creates_contacts and attaches) over (
                        partition by identifier_id
                    )
            else true
        end as is_among_such,
        bool_or(owner_id is not null or position > first_position) over (partition by position) as is_second
    from {{ ref('int_identities__tangled') }}
),

-- Every row has the label of the least that it is known to hang together with.
labels as (
    select
        position,
        identifier_id,
        position as least_position,
        true as is_changing
    from weak
    where row_bits = 0 and owner_id is null
    union all
    (
        with

        of_identifiers as (
            select
                *,
                min(least_position) over (partition by identifier_id) as of_identifier
            from labels
            where is_changing
        ),

        reached as (
            select
                *,
                min(of_identifier) over (partition by position) as reached_position
            from of_identifiers
        ),

        jumps as (
            select distinct
                position,
                least_position
            from labels
            where is_changing
        )

        select
            reached.position,
            reached.identifier_id,
            jumps.least_position,
            bool_or(jumps.least_position <> reached.least_position) over () as is_changing
        from reached
        inner join jumps on reached.reached_position = jumps.position
    )
),

components as (
    select distinct
        position,
        least_position
    from labels
    where not is_changing
),

known as (
    select
        components.least_position,
        min(case when weak.is_second then weak.owner_id else weak.row_id end) as contact_id
    from weak
    inner join components on weak.position = components.position
    group by components.least_position
    having
        bool_and(weak.is_among_such)
        and count(distinct case when weak.is_second then weak.owner_id else weak.row_id end) = 1
),

final as (
    select
        components.position,
        known.contact_id
    from components
    inner join known on components.least_position = known.least_position
)

select * from final
