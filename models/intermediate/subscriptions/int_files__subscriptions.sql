-- One row per import of this run that is about subscriptions: how many it creates and changes, and how many rows came
-- too late to change what they are about.
with

written as (
    select
        _file_id as file_id,
        count(*) filter (where is_first) as created_subscription_count,
        count(*) filter (where not is_first) as updated_subscription_count
    from {{ this_run('subscription_versions') }}
    group by file_id
),

too_late as (
    select
        file_of_row(row_id) as file_id,
        count(*) as too_late_count
    from {{ ref('int_subscription_events') }}
    where is_too_late
    group by file_id
)

select
    written.created_subscription_count,
    written.updated_subscription_count,
    too_late.too_late_count,
    coalesce(written.file_id, too_late.file_id) as file_id
from written
full join too_late on written.file_id = too_late.file_id
