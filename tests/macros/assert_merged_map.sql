-- B8: all values of a map, each by its own rule or that of the others; sorted, null if there are none. `late` is what
-- comes of it where a file of a later time has spoken of `a` (X12).
with

examples (scenario, old, new, rules, rule, in_time, late) as (
    values
    ('the same', '{a=1}', '{a=1}', null, 'set', '{a=1}', '{a=1}'),
    ('another and a new one', '{a=1}', '{a=2, b=1}', null, 'set', '{a=2, b=1}', '{a=1, b=1}'),
    ('an empty cell', '{a=1}', '{c=''''}', null, 'set', '{a=1}', '{a=1}'),
    ('not sent', '{a=1}', null, null, 'set', '{a=1}', '{a=1}'),
    ('one of two', '{a=2, b=1}', '{a=1}', null, 'set', '{a=1, b=1}', '{a=2, b=1}'),
    ('both the same', '{a=2, b=1}', '{a=2, b=1}', null, 'set', '{a=2, b=1}', '{a=2, b=1}'),
    ('an empty cell beside two', '{a=2, b=1}', '{c=''''}', null, 'set', '{a=2, b=1}', '{a=2, b=1}'),
    ('two, not sent', '{a=2, b=1}', null, null, 'set', '{a=2, b=1}', '{a=2, b=1}'),
    ('a first one', null, '{a=1}', null, 'set', '{a=1}', null),
    ('first ones, sorted', null, '{b=1, a=2}', null, 'set', '{a=2, b=1}', '{b=1}'),
    ('empty for nothing', null, '{c=''''}', null, 'set', null, null),
    ('nothing for nothing', null, null, null, 'set', null, null),
    ('sorted', '{b=1, a=1}', '{c=2, a=2}', null, 'set', '{a=2, b=1, c=2}', '{a=1, b=1, c=2}'),
    ('cleared', '{a=1, b=1}', '{a='''', b=2}', null, 'set_or_clear', '{b=2}', '{a=1, b=2}'),
    ('the last one cleared', '{a=1}', '{a=''''}', null, 'set_or_clear', null, '{a=1}'),
    (
        'each by its own', '{a=1, b=1, c=1, d=1}', '{a=2, b=2, c=2, d=2}', '{a=sum, b=ignore, c=set_if_empty}', 'set',
        '{a=3, b=1, c=1, d=2}', '{a=3, b=1, c=1, d=2}'
    ),
    ('a rule of none of them', '{a=1}', '{a=2}', '{z=sum}', 'ignore', '{a=1}', '{a=1}')
),

merged as (
    select
        *,
        merged_map(
            cast(old as map (varchar, varchar)),
            cast(new as map (varchar, varchar)),
            cast(rules as map (varchar, varchar)),
            rule,
            cast(null as map (varchar, timestamp)),
            timestamp '2026-01-01'
        ) as actual_in_time,
        merged_map(
            cast(old as map (varchar, varchar)),
            cast(new as map (varchar, varchar)),
            cast(rules as map (varchar, varchar)),
            rule,
            map(['a', 'z'], [timestamp '2026-01-02', timestamp '2026-01-01']),
            timestamp '2026-01-01'
        ) as actual_late
    from examples
)

select * from merged
where
    (actual_in_time is distinct from cast(in_time as map (varchar, varchar)))
    or (actual_late is distinct from cast(late as map (varchar, varchar)))
