-- One row per row about someone who was not an opted-in subscriber as of the entries before its delivery (A6).
with

resolved as (
    select * from {{ ref('int_rows__resolved') }}
    where is_effective and subscribers_only and not is_conflict
),

versions_before as (
    select * from {{ state_before('contact_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

versions_of_run as (
    select * from {{ ref('int_contact_versions') }}
),

versions as (
    select
        contact_id,
        valid_from_log_id,
        coalesce(properties.opt_in_status = '1', false) as is_opted_in
    from versions_before
    union all
    select
        contact_id,
        valid_from_log_id,
        coalesce(properties.opt_in_status = '1', false) as is_opted_in
    from versions_of_run
),

stays as (
    select
        *,
        lead(valid_from_log_id) over (partition by contact_id order by valid_from_log_id) as valid_to_log_id
    from versions
    where contact_id in (select resolved.contact_id from resolved)
),

final as (
    select
        resolved.log_id,
        resolved.row_id
    from resolved
    left join stays
        on
            resolved.contact_id = stays.contact_id
            and resolved.log_id > stays.valid_from_log_id
            and (stays.valid_to_log_id is null or resolved.log_id <= stays.valid_to_log_id)
    where not coalesce(stays.is_opted_in, false)
)

select * from final
