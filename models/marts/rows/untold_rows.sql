{{ config(incremental_strategy='append') }}

with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome not in ('accepted', 'duplicate')
),

deliveries as (
    select * from {{ this_run('deliveries') }}
    where verdict = 'applied' and feed in ({{ quoted(roots_with_properties() or ['']) }})
),

final as (
    select
        outcomes.log_id,
        outcomes.outcome,
        file_of_row(outcomes.row_id) as file_id,
        line_of_row(outcomes.row_id) as line_number
    from outcomes
    inner join deliveries on outcomes.log_id = deliveries.log_id
)

select * from final
