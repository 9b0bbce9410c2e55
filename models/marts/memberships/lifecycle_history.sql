{{ config(materialized='view') }}

-- Between two moments at which a stay in one of its segments begins or ends, a contact is in one stage.
with

stays as (
    select
        declared.tenant_id,
        declared.lifecycle,
        declared.stage_name,
        declared.stage_number,
        spells.contact_id,
        spells.entered_at,
        coalesce(spells.exited_at, 'infinity') as exited_at
    from {{ ref('membership_spells') }} as spells
    inner join {{ ref('segments') }} as segments on spells.segment_id = segments.segment_id
    inner join {{ ref('lifecycles') }} as declared
        on segments.tenant_id = declared.tenant_id and segments.segment_name = declared.segment_name
    where spells.exited_at is null or spells.exited_at > spells.entered_at
),

moments as (
    select
        tenant_id,
        lifecycle,
        contact_id,
        entered_at as begun_at
    from stays
    union
    select
        tenant_id,
        lifecycle,
        contact_id,
        exited_at as begun_at
    from stays
),

stretches as (
    select
        *,
        lead(begun_at) over (partition by tenant_id, lifecycle, contact_id order by begun_at) as ended_at
    from moments
),

staged as (
    select
        stretches.tenant_id,
        stretches.lifecycle,
        stretches.contact_id,
        stretches.begun_at,
        stretches.ended_at,
        arg_max(stays.stage_name, stays.stage_number) as stage_name
    from stretches
    inner join stays
        on
            stretches.tenant_id = stays.tenant_id
            and stretches.lifecycle = stays.lifecycle
            and stretches.contact_id = stays.contact_id
            and stretches.begun_at >= stays.entered_at
            and stretches.begun_at < stays.exited_at
    group by all
),

beside_last as (
    select
        *,
        lag(stage_name) over of_contact as stage_before,
        lag(ended_at) over of_contact as ended_before
    from staged
    window of_contact as (partition by tenant_id, lifecycle, contact_id order by begun_at)
),

begun as (
    select
        *,
        count(*) filter (where stage_before is null or stage_before <> stage_name or ended_before <> begun_at) over (
            partition by tenant_id, lifecycle, contact_id order by begun_at
        ) as times_begun
    from beside_last
),

final as (
    select
        tenant_id,
        lifecycle,
        contact_id,
        any_value(stage_name) as stage_name,
        min(begun_at) as begun_at,
        nullif(max(ended_at), 'infinity') as ended_at
    from begun
    group by tenant_id, lifecycle, contact_id, times_begun
)

select * from final
