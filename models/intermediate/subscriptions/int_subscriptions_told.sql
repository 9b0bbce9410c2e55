-- One row per subscription, or subscriber's tags (then `publication_id` is null), of which imports before this run
-- spoke at a later time than a row of this run: when last (X12). One that may update speaks also of what is not there.
with

first_versions as (
    select
        publication_id,
        contact_id,
        valid_from_log_id as created_log_id
    from {{ state_before('subscription_versions', with_past=true) }}
    where is_first
),

later as (
    select
        later_rows.contact_id,
        requests.publication_id,
        later_rows.sent_at,
        requests.is_about_subscriber,
        requests.may_update or later_rows.log_id = first_versions.created_log_id as is_about_subscription
    from {{ later_rows_that_counted() }} as later_rows
    inner join {{ ref('stg_muster__requests') }} as requests on later_rows.log_id = requests.file_id
    left join first_versions
        on
            requests.publication_id = first_versions.publication_id
            and later_rows.contact_id = first_versions.contact_id
)

select
    publication_id,
    contact_id,
    max(sent_at) as told_at
from later
where is_about_subscription
group by publication_id, contact_id
union all
select
    null as publication_id,
    contact_id,
    max(sent_at) as told_at
from later
where is_about_subscriber
group by contact_id
