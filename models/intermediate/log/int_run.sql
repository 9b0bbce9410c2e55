-- One row: this run's stretch of the log, from behind the last entry that an earlier build has decided to the last
-- there is; or, with MUSTER_RUN_ROWS, to the last that brings no more than so many lines. A run's work is in memory,
-- and what comes out does not depend on where the log is cut.
{%- set most_lines = env_var('MUSTER_RUN_ROWS', '') %}

with

decided as (
    select coalesce(max(decided_log_id), 0) as log_id
    from {{ state_before('log_progress') }}
),

entries as (
    select
        file_id as log_id,
        line_count
    from {{ ref('stg_muster__files') }}
    union all
    select
        log_id,
        0 as line_count
    from {{ ref('stg_muster__decisions') }}
),

undecided as (
    select
        entries.*,
        sum(entries.line_count) over (order by entries.log_id) as lines_so_far
    from entries
    inner join decided on entries.log_id > decided.log_id
    where entries.log_id <= last_entry()
),

final as (
    select
        decided.log_id as decided_log_id,
        coalesce(max(undecided.log_id), decided.log_id) as last_log_id
    from decided
    left join undecided
        on
            undecided.lines_so_far <= {{ most_lines | int if most_lines else 'undecided.lines_so_far' }}
            or undecided.lines_so_far = undecided.line_count
    group by decided.log_id
)

select * from final
