-- No declared property is forgotten: a new value of each one alone is a change, is merged and is listed.
with

examples as (
    {%- for property in var('contact_properties') %}
    select
        '{{ property }}' as property,
        {{ pack_properties({property: "'old'"}) }} as old_properties,
        {{ pack_properties({property: "'new'"}) }} as new_properties
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

judged as (
    select
        examples.property,
        examples.new_properties,
        {{ changes_properties('examples.old_properties', 'examples.new_properties') }} as is_change,
        {{ merged_properties('examples.old_properties', 'examples.new_properties', 'false') }} as merged,
        {{ property_entries('examples.new_properties') }} as entries
    from examples
)

select * from judged
where
    not is_change
    or merged <> new_properties
    or len(entries) <> 1
    or entries[1].key <> property
    or entries[1].value <> 'new'
