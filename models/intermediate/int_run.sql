-- One row: this run's stretch of the log, from behind the last entry that an earlier build has decided to the last
-- there is.
{%- set progress = state_relation('log_progress') if execute else none %}

with

files as (
    select * from {{ ref('stg_muster__files') }}
),

decisions as (
    select * from {{ ref('stg_muster__decisions') }}
),

entries as (
    select file_id as log_id from files
    union all
    select log_id from decisions
),

decided as (
    {%- if progress is none or flags.FULL_REFRESH %}
    select cast(0 as bigint) as log_id
    {%- else %}
    select decided_log_id as log_id from {{ progress }}
    {%- endif %}
),

final as (
    select
        (select coalesce(max(decided.log_id), 0) from decided) as decided_log_id,
        (select coalesce(max(entries.log_id), 0) from entries) as last_log_id
)

select * from final
