-- One row per feed: the merge rule of every declared property and of all others, and how its files write values (B4,
-- B8, B9). `is_plain`: all that it imports is set under its own name, from each row. `skips_unchanged`: only cells that
-- differ from the contact's last row are applied (B6).
with

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

rules as (
    select * from {{ ref('stg_muster__merge_rules') }}
),

bulk as (
    select * from rules
    where property = '*'
),

singles as (
    select * from rules
    where property <> '*'
),

-- By name of the column: undeclared ones may be called as a contact property.
others as (
    select
        feed,
        bool_and(rule = 'set' and column_name = property) as is_plain,
        map_from_entries(list(struct_pack(key := column_name, value := property) order by column_name))
            as property_of_columns,
        map_from_entries(list_sort(list(distinct struct_pack(key := property, value := rule)))) as rule_of_properties
    from singles
    group by feed
),

declared as (
    select
        feeds.feed,
        {%- for property in var('contact_properties') %}
        coalesce(
            any_value(singles.rule) filter (where singles.property = '{{ property }}'), any_value(bulk.rule), 'ignore'
        ) as {{ property }},
        {%- endfor %}
        coalesce(any_value(bulk.rule), 'ignore') as other
    from feeds
    left join bulk on feeds.feed = bulk.feed
    left join singles on feeds.feed = singles.feed
    group by feeds.feed
),

final as (
    select
        declared.*,
        coalesce(bulk.prefix, '') as other_prefix,
        others.property_of_columns as other_columns,
        others.rule_of_properties as other_rules,
        feeds.decimal_separator,
        feeds.multi_value_separator,
        not feeds.skips_unchanged
        and coalesce(others.is_plain, true)
        and coalesce(bulk.prefix, '') = ''
        and feeds.multi_value_separator is null
        {%- for property in var('contact_properties') %}
        and declared.{{ property }} = 'set'
        {%- endfor %}
        and declared.other = 'set' as is_plain
    from declared
    inner join feeds on declared.feed = feeds.feed
    left join bulk on declared.feed = bulk.feed
    left join others on declared.feed = others.feed
)

select * from final
