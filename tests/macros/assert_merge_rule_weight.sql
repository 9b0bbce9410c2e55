-- The more specific line wins: feed and property, feed, property, neither. Only what the rule sets is let in.
with

rules (feed, property, expected) as (
    values
    ('f', 'gender', 3),
    ('f', '*', 2),
    ('*', 'gender', 1),
    ('*', '*', 0)
),

weighed as (
    select
        *,
        {{ merge_rule_weight() }} as actual
    from rules
)

select * from weighed
where actual <> expected
