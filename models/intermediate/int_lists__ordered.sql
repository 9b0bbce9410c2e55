-- One row per list of this run that is applied to its segment, additions to it included (O2), in order.
with

lists as (
    select
        lists.*,
        deliveries.feed
    from {{ ref('int_lists__judged') }} as lists
    inner join {{ ref('int_deliveries__judged') }} as deliveries on lists.log_id = deliveries.log_id
    where deliveries.verdict = 'applied' and not lists.is_superseded
),

registry as (
    select distinct
        tenant_id,
        segment_name
    from {{ ref('segment_registry') }}
    where owned_by = 'feed'
),

last_files as (
    select
        log_id,
        max(file_id) as file_id
    from {{ ref('int_delivery_files') }}
    group by log_id
),

final as (
    select
        lists.log_id,
        lists.segment_id,
        lists.tenant_id,
        lists.feed,
        lists.sent_at,
        lists.replaces,
        last_files.file_id as last_file_id,
        registry.segment_name is not null and lists.replaces as removes_only_own,
        count(*) over (partition by lists.segment_id) as list_count,
        count(*) filter (where lists.replaces) over (partition by lists.segment_id) as replacing_count
    from lists
    inner join last_files on lists.log_id = last_files.log_id
    left join registry on lists.tenant_id = registry.tenant_id and lists.segment_name = registry.segment_name
)

select * from final
