-- B4, B9: undeclared columns under the names of their rules, a prefix for all others; an undeclared column can become a
-- declared property; numbers and lists as the feed writes them.
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
        map { 'visits': 'sum', 'topics': 'add' } as other_rules
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
        {{ renamed_columns('examples.properties.other', 'rules') }} as renamed
    from examples
    cross join rules
),

imported as (
    select
        {{ imported_properties('named.properties', 'named.renamed', 'rules') }} as actual,
        {{ pack_properties(
            {'first_name': "'a;b'", 'loyalty_points': "'1.5'", 'interests': "'tea' || chr(31) || 'ale'"},
            "map {'crm_none': '', 'crm_size': 'S; M', 'topics': 'x' || chr(31) || 'y', 'visits': '1?000'}"
        ) }} as expected
    from named
    cross join rules
)

select * from imported
where (actual is distinct from expected)
