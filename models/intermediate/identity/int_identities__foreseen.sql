-- The rows that depend on others, with the owners of what somebody brings who creates a contact whatever the others
-- come to, because nobody can take him on: so these are not gone through one by one (C19).
with

tangled as (
    select
        *,
        coalesce(position = first_position, false) as is_first
    from {{ ref('int_identities__tangled') }}
),

-- Whether a row surely gets a contact that then has what the row brings of such types.
bringing as (
    select
        *,
        creates_contacts and attaches and row_bits > 0 and (bit_count(row_bits) = 1 or is_first_of_all) as is_sure
    from (
        select
            *,
            bool_and(type_bit = 0 or is_first) over (partition by position) as is_first_of_all
        from tangled
    ) as of_row
),

-- Of which such types the owner of an identifier surely has one.
owning as (
    select
        *,
        case
            when owner_id is not null then owner_bits
            else arg_min(if(is_sure, row_bits, 0), position) filter (where attaches) over (
                    partition by identifier_id
                )
        end as sure_bits
    from bringing
),

created as (
    select
        row_id,
        position,
        any_value(row_bits) as row_bits
    from owning
    where is_sure and is_first_of_all
    group by row_id, position
    having bool_and(type_bit > 0 or is_first or (sure_bits & row_bits) <> 0)
),

final as (
    select
        tangled.log_id,
        tangled.row_id,
        tangled.position,
        tangled.tenant_id,
        tangled.creates_contacts,
        tangled.attaches,
        tangled.identifier_id,
        tangled.type_bit,
        tangled.row_bits,
        tangled.first_position,
        coalesce(tangled.owner_id, created.row_id) as owner_id,
        coalesce(created.row_bits, tangled.owner_bits) as owner_bits
    from tangled
    left join created
        on
            tangled.type_bit > 0
            and tangled.first_position = created.position
            and tangled.position >= tangled.first_position
)

select * from final
