-- One row per feed: the merge rule of every declared property, and of all others (B8).
with

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

rules as (
    select * from {{ ref('merge_rules') }}
),

-- The most specific line that fits: feed and property, feed, property, neither.
final as (
    select
        feeds.feed,
        {%- for property in var('contact_properties') %}
        arg_max(rules.rule, {{ merge_rule_weight() }}) filter (
            where rules.property in ('{{ property }}', '*')
        ) as {{ property }},
        {%- endfor %}
        arg_max(rules.rule, {{ merge_rule_weight() }}) filter (where rules.property = '*') as other
    from feeds
    left join rules on rules.feed in (feeds.feed, '*')
    group by feeds.feed
)

select * from final
