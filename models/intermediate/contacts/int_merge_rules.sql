-- One row per feed: the merge rule of every declared property and of all others, as seeds/merge_rules.csv has them, and
-- how its files write values (B4, B8, B9); a linked feed has its root's (B10). `reads_as_sent`: it imports its cells as
-- they stand; `sums`: a row may change what it says the same as; `rules`: by property, `*` is all others.
with

feeds as (
    select
        feeds.*,
        coalesce(roots.applies, feeds.applies) <> 'groups' as has_types
    from {{ ref('stg_muster__feeds') }} as feeds
    left join {{ ref('stg_muster__feeds') }} as roots on feeds.root_feed = roots.feed
),

seed as (
    {%- for name in merge_rule_seeds() %}
    select * from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The more specific line decides: feed and column, feed, column, neither.
fitting as (
    select
        feeds.feed,
        seed.column_name,
        seed.property,
        seed.rule,
        if(seed.feed = '*', 0, 2) + if(seed.column_name = '*', 0, 1) as weight,
        row_number() over (
            partition by feeds.feed, seed.column_name
            order by if(seed.feed = '*', 0, 2) desc, seed.rule asc
        ) as place
    from feeds
    inner join seed on seed.feed in (coalesce(feeds.root_feed, feeds.feed), '*')
),

bulk as (
    select
        feed,
        rule,
        weight,
        coalesce(replace(property, '*', ''), '') as prefix
    from fitting
    where column_name = '*' and place = 1
),

-- All columns of one property have one rule: that of the more specific, then of the first by name.
singles as (
    select
        fitting.feed,
        fitting.column_name,
        coalesce(fitting.property, fitting.column_name) as property,
        first_value(fitting.rule) over (
            partition by fitting.feed, coalesce(fitting.property, fitting.column_name)
            order by fitting.weight desc, fitting.column_name asc
        ) as rule
    from fitting
    left join bulk on fitting.feed = bulk.feed
    where fitting.column_name <> '*' and fitting.place = 1 and fitting.weight > coalesce(bulk.weight, -1)
),

-- By name of the column: undeclared ones may be called as a contact property.
of_feeds as (
    select
        feeds.feed,
        any_value(feeds.dialect) as dialect,
        any_value(feeds.rejects_invalid_cells) as rejects_invalid_cells,
        if(any_value(feeds.has_types), [{{ quoted(var('contact_properties')) }}], []) as declared,
        coalesce(any_value(bulk.rule), 'ignore') as other,
        coalesce(any_value(bulk.prefix), '') as other_prefix,
        {%- for property in var('contact_properties') %}
        coalesce(
            any_value(singles.rule) filter (where singles.property = '{{ property }}'), any_value(bulk.rule), 'ignore'
        ) as {{ property }},
        {%- endfor %}
        map_from_entries(list(
            struct_pack(key := singles.column_name, value := singles.property) order by singles.column_name
        ) filter (where singles.property is not null)) as other_columns,
        map_from_entries(list_sort(list(
            distinct struct_pack(key := singles.property, value := singles.rule)
        ) filter (where singles.property is not null))) as other_rules
    from feeds
    left join bulk on feeds.feed = bulk.feed
    left join singles on feeds.feed = singles.feed
    group by feeds.feed
),

final as (
    select
        *,
        (
            select list_sort(list(distinct singles.property) filter (where singles.rule = 'sum'))
            from singles
        ) as summed_names,
        (
            select list_sort(list(distinct bulk.prefix) filter (where bulk.rule = 'sum'))
            from bulk
        ) as summed_prefixes,
        other_prefix = ''
        and other = 'set'
        and dialect.decimal_separator = '.'
        and coalesce(dialect.thousands_separator, dialect.multi_value_separator) is null
        and dialect.date_format = 'iso'
        and dialect.timestamp_format = 'iso'
        {%- for property in var('contact_properties') %}
        and {{ property }} = 'set'
        {%- endfor %}
        and coalesce(map_keys(other_columns) = map_values(other_columns), true)
        and not coalesce(list_contains(map_values(other_rules), 'add'), false)
        and not coalesce(list_contains(map_values(other_rules), 'sum'), false) as reads_as_sent,
        other = 'sum'
        {%- for property in var('contact_properties') %}
        or {{ property }} = 'sum'
        {%- endfor %}
        or coalesce(list_contains(map_values(other_rules), 'sum'), false) as sums,
        map_concat(map(['*'], [other]), coalesce(other_rules, no_values())) as rules
    from of_feeds
)

select * from final
