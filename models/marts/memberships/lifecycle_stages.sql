{{ config(materialized='view') }}

with

members as (
    select
        members.tenant_id,
        members.contact_id,
        declared.lifecycle,
        declared.stage_name,
        declared.stage_number
    from {{ ref('memberships') }} as members
    inner join {{ ref('lifecycles') }} as declared
        on members.tenant_id = declared.tenant_id and members.segment_name = declared.segment_name
),

final as (
    select
        tenant_id,
        lifecycle,
        contact_id,
        arg_max(stage_name, stage_number) as stage_name,
        max(stage_number) as stage_number
    from members
    group by tenant_id, lifecycle, contact_id
)

select * from final
