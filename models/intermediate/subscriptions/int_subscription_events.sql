-- One row per import of this run and subscription that it creates or updates (O4). A late import creates, but changes
-- nothing that is there.
with

rows_of_run as (
    select
        *,
        subscription_action in ('create_only', 'create_or_update') as may_create,
        subscription_action in ('update_only', 'create_or_update') and not is_late as may_update
    from {{ ref('int_subscription_rows') }}
    where subscription_action <> 'none'
),

versions_before as (
    select * from {{ state_before('subscription_versions', since='valid_from_log_id', until='valid_to_log_id') }}
),

standings as (
    select
        rows_of_run.*,
        versions_before.contact_id is not null or coalesce(
            bool_or(rows_of_run.may_create) over (
                partition by rows_of_run.publication_id, rows_of_run.contact_id
                order by rows_of_run.log_id rows between unbounded preceding and 1 preceding
            ),
            false
        ) as is_there
    from rows_of_run
    left join versions_before
        on
            rows_of_run.publication_id = versions_before.publication_id
            and rows_of_run.contact_id = versions_before.contact_id
),

final as (
    select
        log_id,
        row_id,
        tenant_id,
        publication_id,
        publication_name,
        contact_id,
        sent_at,
        started_at,
        ended_at,
        auto_renews,
        sms_phone,
        subscription_tags_to_add,
        subscription_tags_to_remove,
        replace_subscription_tags,
        not is_there as is_created,
        case
            when active_status then 'active'
            when not active_status then 'inactive'
            when not is_there then 'lead'
        end as status,
        case when not is_there and active_status is not null then log_id end as effort_file_id
    from standings
    where if(is_there, may_update, may_create)
)

select * from final
