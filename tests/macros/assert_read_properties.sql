-- B4, B9: undeclared columns under the names of their rules, a prefix for all others; an undeclared column can become a
-- declared property; numbers and lists as the feed writes them. Whoever reads cells as sent leaves all as it is.
with

rules as (
    select
        {%- for property in var('contact_properties') %}
        {{ "'sum'" if property == 'loyalty_points' else "'set'" }} as {{ property }},
        {%- endfor %}
        'set' as other,
        'crm_' as other_prefix,
        ',' as decimal_separator,
        ';' as multi_value_separator,
        map { 'visits': 'visits', 'hobbies': 'interests', 'topics': 'topics' } as other_columns,
        map { 'visits': 'sum', 'topics': 'add' } as other_rules,
        kinds.reads_as_sent
    from (values (false), (true)) as kinds (reads_as_sent)
),

examples as (
    select {{ pack_properties(
        {'first_name': "'a;b'", 'loyalty_points': "'1,5'"},
        "map {'visits': '1.000', 'hobbies': ' tea ;; tea; ale', 'topics': 'x; y', 'size': 'S; M', 'none': ''}"
    ) }} as properties
),

named as (
    select
        examples.properties,
        rules,  -- noqa: RF02
        rules.reads_as_sent,
        renamed_columns(examples.properties.other, rules.other_columns, rules.other_prefix) as renamed
    from examples
    cross join rules
),

read as (
    select
        properties,
        reads_as_sent,
        {{ read_properties('properties', 'renamed', 'rules') }} as actual,
        {{ pack_properties(
            {'first_name': "'a;b'", 'loyalty_points': "'1.5'", 'interests': "'tea' || chr(31) || 'ale'"},
            "map {'crm_none': '', 'crm_size': 'S; M', 'topics': 'x' || chr(31) || 'y', 'visits': '1?000'}"
        ) }} as expected
    from named
)

select * from read
where (actual is distinct from if(reads_as_sent, properties, expected))
