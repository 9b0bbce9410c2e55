{{ config(unique_key=['publication_id', 'contact_id', 'valid_from_log_id']) }}

with

written as (
    select * from {{ ref('int_subscription_versions') }}
),

versions_before as (
    select * from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

firsts as (
    select
        publication_id,
        contact_id,
        min(valid_from_log_id) as ended_log_id
    from written
    group by publication_id, contact_id
),

final as (
    select * from written
    union all
    select versions_before.* replace (firsts.ended_log_id as valid_to_log_id)
    from versions_before
    inner join firsts
        on
            versions_before.publication_id = firsts.publication_id
            and versions_before.contact_id = firsts.contact_id
)

select * from final
