-- A property whose rule is not `set` is not imported, the others are.
with

rules as (
    select
        {%- for property in var('contact_properties') %}
        {{ "'ignore'" if property == 'gender' else "'set'" }} as {{ property }},
        {%- endfor %}
        'ignore' as other
),

examples as (
    select {{ pack_properties({'first_name': "'Ann'", 'gender': "'female'"}, "map {'size': 'XL'}") }} as properties
),

imported as (
    select
        {{ imported_properties('examples.properties', 'rules') }} as actual,
        {{ pack_properties({'first_name': "'Ann'"}) }} as expected
    from examples
    cross join rules
)

select * from imported
where (actual is distinct from expected)
