-- One row: the last log entry that earlier runs have decided. Everything after it is this run's work.
{%- set import_jobs = state_relation('import_jobs') if execute else none %}

with

jobs as (
    {%- if import_jobs is none or flags.FULL_REFRESH %}
    select cast(null as bigint) as log_id
    where false
    {%- else %}
    select log_id from {{ import_jobs }}
    {%- endif %}
),

final as (
    select coalesce(max(log_id), 0) as decided_log_id
    from jobs
)

select * from final
