-- One row per readable line of files that are linked to events, and delivery of this run in which it takes part (B10),
-- with its one outcome (X1): its own code, or what became of the row that it belongs to. A line that belongs to an
-- event which an earlier version of the root file told is part of it, whatever the versions after that say.
with

linked as (
    select
        cast(null as bigint) as log_id,
        cast(null as bigint) as row_id,
        cast(null as varchar) as link_key,
        cast(null as varchar) as product_id,
        cast(null as map (varchar, varchar)) as properties,
        cast(null as varchar) as row_code,
        cast(null as boolean) as is_in_store
    where false
    {%- for feed in linked_to(['events']) %}
    union all by name
    select
        files.log_id,
        staged.link_key,
        staged.product_id,
        staged.properties,
        staged.row_code,
        {{ keeps_products(feed) }} as is_in_store,
        row_id(staged._file_id, staged._line_number) as row_id
    from {{ ref('stg_' ~ feed) }} as staged
    inner join {{ ref('int_delivery_files') }} as files on staged._file_id = files.file_id
    {%- endfor %}
),

roots as (
    {{ rows_of_run(['events']) }}
),

-- Of several rows with one key the one that counts.
root_outcomes as (
    select
        outcomes.log_id,
        roots.link_key,
        arg_min(outcomes.outcome, place_in_log(if(outcomes.outcome = 'accepted', 0, 1), roots.row_id)) as outcome
    from roots
    inner join {{ ref('int_rows__outcome') }} as outcomes on roots.row_id = outcomes.row_id
    group by outcomes.log_id, roots.link_key
),

deliveries as (
    select * from {{ ref('deliveries') }}
    where log_id in (select files.log_id from {{ ref('int_delivery_files') }} as files)
),

-- By which applications the events of a delivery were told. What a dead build wrote of later ones does not count.
tellings as (
    select
        told.delivery,
        unnest(  -- noqa: AL03
            list_filter(told.tellings, lambda each: each.log_id <= run.decided_log_id), recursive := true  -- noqa: RF01
        )
    from {{ state_before('timeline_events') }} as told
    cross join {{ ref('int_run') }} as run
    where told.delivery in (select deliveries.delivery from deliveries)
    union all by name
    select
        delivery,
        link_key,
        log_id
    from {{ ref('int_events') }}
    where is_first
),

judged as (
    select
        linked.*,
        deliveries.verdict,
        deliveries.code as delivery_code,
        case
            when exists (
                    select 1
                    from tellings
                    where
                        deliveries.delivery = tellings.delivery
                        and linked.link_key = tellings.link_key
                        and tellings.log_id between file_of_row(linked.row_id) and linked.log_id
                ) then 'accepted'
            else root_outcomes.outcome
        end as root_outcome
    from linked
    inner join deliveries on linked.log_id = deliveries.log_id
    left join root_outcomes on linked.log_id = root_outcomes.log_id and linked.link_key = root_outcomes.link_key
),

final as (
    select
        log_id,
        row_id,
        link_key,
        product_id,
        properties,
        is_in_store,
        case
            when row_code is not null then row_code
            when verdict = 'rejected' then delivery_code
            when verdict = 'applied' and root_outcome is null then 'no_root_row'
            when verdict = 'applied' and root_outcome = 'rejected' then 'root_row_rejected'
        end as code,
        case
            when row_code is not null or verdict = 'rejected' then 'rejected'
            when verdict <> 'applied' then 'accepted'
            else coalesce(root_outcome, 'rejected')
        end as outcome
    from judged
)

select * from final
