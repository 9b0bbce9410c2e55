-- One row per feed and column that a line of seeds/merge_rules.csv is about, with the property that it changes; `*` is
-- every other one (B8, B9). All columns of one property have one rule.
with

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

rules as (
    select * from {{ ref('merge_rules') }}
),

-- The more specific line decides: feed and column, feed, column, neither.
fitting as (
    select
        feeds.feed,
        rules.column_name,
        rules.rule,
        coalesce(rules.property, rules.column_name) as property,
        if(rules.feed = '*', 0, 2) + if(rules.column_name = '*', 0, 1) as weight
    from feeds
    inner join rules on rules.feed in (feeds.feed, '*')
),

best_of_columns as (
    select
        *,
        row_number() over (partition by feed, column_name order by weight desc, rule asc) as place
    from fitting
),

bulk as (
    select * from best_of_columns
    where column_name = '*' and place = 1
),

-- Of two columns that are one property the more specific has the rule, then the first by name.
singles as (
    select
        best_of_columns.feed,
        best_of_columns.column_name,
        best_of_columns.property,
        first_value(best_of_columns.rule) over (
            partition by best_of_columns.feed, best_of_columns.property
            order by best_of_columns.weight desc, best_of_columns.column_name asc
        ) as rule
    from best_of_columns
    left join bulk on best_of_columns.feed = bulk.feed
    where
        best_of_columns.column_name <> '*'
        and best_of_columns.place = 1
        and best_of_columns.weight > coalesce(bulk.weight, -1)
),

final as (
    select
        feed,
        column_name,
        '*' as property,
        rule,
        case when property <> '*' then replace(property, '*', '') else '' end as prefix
    from bulk
    union all
    select
        feed,
        column_name,
        property,
        rule,
        '' as prefix
    from singles
)

select * from final
