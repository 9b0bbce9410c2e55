-- One row per readable line and delivery of this run in which it takes part, with its one outcome (X1). `contact_id`:
-- whom it is about, if it has an effect.
{{ config(pre_hook="{{ set_run_size() }}") }}

with

resolved as not materialized (
    select * from {{ ref('int_rows__resolved') }}
),

repeated as (
    select * from {{ ref('int_rows__repeated') }}
),

-- Rows that tell of an event that was told of before (B12).
told_before as (
    select * from {{ ref('int_events') }}
    where not is_first
),

looked_up as (
    select
        log_id,
        row_id,
        contact_id
    from resolved
    where subscribers_only and contact_id is not null and {{ run_is('looking_up') }}
),

contact_versions as (
    select * from {{ ref('contact_versions') }}
    where contact_id in (select looked_up.contact_id from looked_up)
),

subscription_versions as (
    select * from {{ ref('subscription_versions') }}
    where status <> 'lead' and contact_id in (select looked_up.contact_id from looked_up)
),

subscribed as (
    select
        looked_up.log_id,
        looked_up.row_id,
        bool_or(versions.status = 'active') as is_active
    from looked_up
    inner join subscription_versions as versions
        on
            looked_up.contact_id = versions.contact_id
            and looked_up.log_id > versions.valid_from_log_id
            and (versions.valid_to_log_id is null or looked_up.log_id <= versions.valid_to_log_id)
    group by looked_up.log_id, looked_up.row_id
),

-- Rows about someone who was not an active, opted-in subscriber as of the entries before their delivery (A6): nobody
-- with an active subscription, nor, without one that is active or inactive, with an opt-in.
no_subscribers as (
    select
        looked_up.log_id,
        looked_up.row_id
    from looked_up
    left join subscribed on looked_up.log_id = subscribed.log_id and looked_up.row_id = subscribed.row_id
    left join contact_versions as versions
        on
            looked_up.contact_id = versions.contact_id
            and looked_up.log_id > versions.valid_from_log_id
            and (versions.valid_to_log_id is null or looked_up.log_id <= versions.valid_to_log_id)
    where not coalesce(subscribed.is_active, versions.properties.opt_in_status = '1', false)
),

judged as (
    select
        resolved.log_id,
        resolved.row_id,
        resolved.segment_id,
        resolved.contact_id,
        case
            when resolved.row_code is not null then resolved.row_code
            when resolved.verdict = 'rejected' then resolved.delivery_code
            when resolved.is_conflict then 'identity_conflict'
            when repeated.is_refused then 'several_root_rows'
        end as code,
        case
            when resolved.is_filtered and resolved.verdict <> 'rejected' then 'filtered'
            when resolved.verdict = 'rejected' or resolved.row_code is not null or resolved.is_conflict then 'rejected'
            when repeated.is_refused then 'rejected'
            when no_subscribers.row_id is not null or resolved.is_unknown then 'ignored'
            when not repeated.counts or told_before.row_id is not null then 'duplicate'
            else 'accepted'
        end as outcome,
        coalesce(repeated.counts, false) as is_further
    from resolved
    left join repeated on resolved.log_id = repeated.log_id and resolved.row_id = repeated.row_id
    left join told_before on resolved.log_id = told_before.log_id and resolved.row_id = told_before.row_id
    left join no_subscribers on resolved.log_id = no_subscribers.log_id and resolved.row_id = no_subscribers.row_id
),

-- What was told stays told, also where a later version of the root file leaves its row out (B10).
final as (
    select
        judged.log_id,
        judged.row_id,
        judged.segment_id,
        judged.contact_id,
        judged.is_further,
        case when told.row_id is null then judged.code end as code,
        if(told.row_id is not null and judged.outcome <> 'duplicate', 'accepted', judged.outcome) as outcome
    from judged
    left join {{ ref('int_rows__told') }} as told on judged.log_id = told.log_id and judged.row_id = told.row_id
)

select * from final
