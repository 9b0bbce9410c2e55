-- One row per identifier of a row that may depend on others of this run: it shares an unknown identifier with a row of
-- several, or a contact may take on an unknown one of a type that is one per contact. `row_bits` and `owner_bits`: of
-- which of these types the row and the owner have an identifier.
with

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

-- Rows with an unknown identifier that only one contact can have, and another that somebody has.
newcomers as (
    select position from identifiers
    where type_bit > 0 and owner_id is null
    intersect
    select position from identifiers
    where owner_id is not null
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
        or position in (
            select beside.position
            from identifiers as beside
            where
                beside.owner_id in (
                    select taking.owner_id
                    from identifiers as taking
                    inner join newcomers on taking.position = newcomers.position
                )
        )
),

owners as (
    select
        contact_id,
        bit_or({{ type_bit('identifier_type') }}) as owner_bits
    from {{ state_before('contact_identifiers') }}
    where contact_id in (select tangled.owner_id from tangled)
    group by contact_id
),

numbered as (
    select
        *,
        dense_rank() over (order by tenant_id, identifier_type, identifier_value) as identifier_id
    from tangled
),

final as (
    select
        numbered.log_id,
        numbered.row_id,
        numbered.position,
        numbered.tenant_id,
        numbered.creates_contacts,
        numbered.attaches,
        numbered.identifier_id,
        numbered.type_bit,
        numbered.owner_id,
        bit_or(numbered.type_bit) over (partition by numbered.position) as row_bits,
        coalesce(owners.owner_bits, 0) as owner_bits,
        case
            when numbered.owner_id is null
                then min(case when numbered.attaches then numbered.position end) over (
                        partition by numbered.identifier_id
                    )
        end as first_position
    from numbered
    left join owners on numbered.owner_id = owners.contact_id
)

select * from final
