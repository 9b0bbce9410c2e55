-- M9: what is JSON by RFC 8259, of which DuckDB's own parser takes a little more.
with

examples (sent, expected) as (
    values
    ('{"a": 1}', true),
    ('"text"', true),
    ('[1, "NaN", ",]", "\",}"]', true),
    ('null', true),
    ('{"a": 1,}', false),
    ('[1,
]', false),
    ('NaN', false),
    ('[-Infinity]', false),
    ('{', false),
    ('', false)
),

computed as (
    select
        *,
        is_json(sent) as actual
    from examples
)

select * from computed
where actual is distinct from expected
