-- B8: rule Set throughout, merged the short way of plain feeds, is what merging rule by rule gives.
with

rules as (
    select
        {%- for property in var('contact_properties') %}
        'set' as {{ property }},
        {%- endfor %}
        'set' as other,
        cast(null as map (varchar, varchar)) as other_rules
),

names (first_name) as (
    values ('Ann'), ('Bob'), (''), (null)
),

others (other) as (
    values ('{a=1}'), ('{a=2, b=1}'), ('{c=''''}'), (null)
),

packed as (
    select {{ pack_properties({'first_name': 'names.first_name'}, 'others.other') }} as properties
    from names
    cross join others
),

states as (
    select
        {{ pack_properties(
            {'first_name': "nullif(packed.properties.first_name, '')"}, filled('packed.properties.other')
        ) }} as properties
    from packed
),

merged as (
    select
        states.properties as old_properties,
        packed.properties as new_properties,
        lateness.is_late,
        {{ merged_properties('states.properties', 'packed.properties', 'lateness.is_late') }} as short_way,
        {{ merged_by_rules('states.properties', 'packed.properties', 'rules', 'lateness.is_late') }} as long_way
    from states
    cross join packed
    cross join rules
    cross join (values (true), (false)) as lateness (is_late)
)

select * from merged
where (short_way is distinct from long_way)
