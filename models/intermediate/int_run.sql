-- One row: the last log entry that earlier runs have decided. Everything after it is this run's work.
{%- set import_jobs = state_relation('import_jobs') if execute else none %}

select
{%- if import_jobs is none or flags.FULL_REFRESH %}
    cast(0 as bigint) as decided_log_id
{%- else %}
    coalesce(max(log_id), 0) as decided_log_id
from {{ import_jobs }}
{%- endif %}
