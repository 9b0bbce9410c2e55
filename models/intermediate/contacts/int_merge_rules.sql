-- One row per feed: the merge rule of every declared property and of all others, as seeds/merge_rules.csv has them, and
-- how its files write values (B4, B8, B9); a linked feed has its root's (B10). `rules`: by property, `*` is all others;
-- `sums`: a row may change what it says the same as; `reads_others`: an undeclared property is gathered, or a number in
-- another feed (C21); `reads_as_sent`: cells count as they stand; `rules_version`: which rows were read alike.
with

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

seed as (
    {%- for name in merge_rule_seeds() %}
    select * from {{ ref(name) }} {{ 'union all' if not loop.last }}
    {%- endfor %}
),

fitting as (  -- the more specific line decides: feed and column, feed, column, neither
    select
        feeds.feed,
        seed.column_name,
        seed.property,
        seed.rule,
        if(seed.feed = '*', 0, 2) + if(seed.column_name = '*', 0, 1) as weight
    from feeds
    inner join seed on seed.feed in (coalesce(feeds.root_feed, feeds.feed), '*')
    qualify row_number() over (partition by feeds.feed, seed.column_name order by weight desc, seed.rule asc) = 1
),

bulk as (
    select
        feed,
        rule,
        weight,
        coalesce(replace(property, '*', ''), '') as prefix
    from fitting
    where column_name = '*'
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
    where fitting.column_name <> '*' and fitting.weight > coalesce(bulk.weight, -1)
),

of_feeds as (  -- by name of the column: undeclared ones may be called as a contact property
    select
        feeds.feed,
        any_value(feeds.dialect) as dialect,
        any_value(feeds.rejects_invalid_cells) as rejects_invalid_cells,
        if(
            any_value(coalesce(roots.applies, feeds.applies)) = 'groups', [], [{{ quoted(var('contact_properties')) }}]
        ) as declared,
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
    left join feeds as roots on feeds.root_feed = roots.feed
    left join bulk on feeds.feed = bulk.feed
    left join singles on feeds.feed = singles.feed
    group by feeds.feed
),

summed as (  -- of feeds of one kind: the properties of groups are no contact's
    select
        declared,
        list_sort(list_distinct(
            flatten(list(list_filter(map_keys(other_rules), lambda name: other_rules[name] = 'sum')))
        )) as summed_names,
        list_sort(list(distinct other_prefix) filter (where other = 'sum')) as summed_prefixes
    from of_feeds
    group by declared
),

with_sums as (
    select
        of_feeds.*,
        summed.summed_names,
        summed.summed_prefixes
    from of_feeds
    inner join summed on of_feeds.declared = summed.declared
),

final as (
    select
        *,
        hash(with_sums, muster_functions_version()) as rules_version,
        map_concat(map(['*'], [other]), coalesce(other_rules, no_values())) as rules,
        list_contains(map_values(rules), 'sum') as sums,
        summed_prefixes is not null or len(list_filter(
            list_concat(summed_names, list_filter(map_keys(rules), lambda name: rules[name] in ('add', 'sum'))),
            lambda name: not list_contains(declared, name)
        )) > 0 as reads_others,
        other_prefix = '' and other = 'set' and list_distinct([{{ var('contact_properties') | join(', ') }}]) = ['set']
        and coalesce(dialect.thousands_separator, dialect.multi_value_separator) is null
        and (dialect.decimal_separator, dialect.date_format, dialect.timestamp_format) = ('.', 'iso', 'iso')
        and coalesce(map_keys(other_columns) = map_values(other_columns), true) and not sums
        and not list_contains(map_values(rules), 'add') as reads_as_sent
    from with_sums
)

select * from final
