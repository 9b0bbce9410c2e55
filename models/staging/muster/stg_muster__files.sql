with

files as (
    select * from {{ source('muster', 'files') }}
),

final as (
    select
        file_id,
        feed,
        path,
        role,
        tenant_id,
        segment_name,
        sent_at,
        landed_at,
        part_number,
        refusal_code,
        refusal_detail,
        line_count,
        unreadable_count,
        duplicate_of,
        coalesce(delivery, path || ' #' || file_id) as delivery,
        delivery is not null as may_have_parts,
        case when segment_name is not null then {{ hash_key(['tenant_id', 'segment_name']) }} end as segment_id
    from files
)

select * from final
