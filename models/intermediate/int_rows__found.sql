-- One row per open row of a feed that only looks contacts up (A6): whose it is, by what this run attached before it.
with

effective as (
    select * from {{ ref('int_rows__judged') }}
    where is_effective and is_open and subscribers_only
),

attached as (
    select * from {{ ref('int_identifiers__attached') }}
),

sent as (
    select
        log_id,
        row_id,
        tenant_id,
        owner_id,
        unnest(coalesce(
            identifiers, [struct_pack(type := identifier_type, value := identifier_value)]
        )) as identifier
    from effective
),

final as (
    select
        sent.log_id,
        sent.row_id,
        least(min(sent.owner_id), min(attached.contact_id)) as contact_id,
        least(min(sent.owner_id), min(attached.contact_id))
        <> greatest(max(sent.owner_id), max(attached.contact_id)) as is_conflict
    from sent
    inner join attached
        on
            sent.tenant_id = attached.tenant_id
            and sent.identifier.type = attached.identifier_type
            and sent.identifier.value = attached.identifier_value
            and sent.log_id > attached.log_id
    group by sent.log_id, sent.row_id
)

select * from final
