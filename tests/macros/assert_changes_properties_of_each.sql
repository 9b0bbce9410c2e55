-- No declared property is forgotten: a new value of each one alone is a change, is merged by its own rule, differs, is
-- read and is listed; what its rule adds is a change though it says the same.
{%- set properties = var('contact_properties') %}
with

rules as (
    {%- for sum in [true, false] %}
    select
        {%- for property, type in properties.items() %}
        '{{ 'sum' if sum and is_number_type(type) else 'set' }}' as {{ property }},
        {%- endfor %}
        'ignore' as other,
        cast(null as map (varchar, varchar)) as other_rules,
        cast(null as varchar[]) as summed_names,
        cast(null as varchar[]) as summed_prefixes,
        {{ dialect_literal({}) }} as dialect,
        false as reads_as_sent,
        [''] as declared,
        {{ sum }} as sums,
        true as reads_others
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

examples as (
    {%- for property, type in properties.items() %}
    select
        '{{ property }}' as property,
        {{ is_number_type(type) }} as is_number,
        {{ pack_properties({property: "'1'"}) }} as old_properties,
        {{ pack_properties({property: "'2'"}) }} as new_properties,
        {{ pack_properties({property: "'3'"}) }} as both_properties
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

judged as (
    select
        examples.*,
        rules.sums and examples.is_number as is_summed,
        {{ changes_properties('examples.old_properties', 'examples.new_properties', 'rules') }} as is_change,
        {{ changes_properties('examples.old_properties', 'examples.old_properties', 'rules') }} as is_change_by_same,
        {{ merged_properties('examples.old_properties', 'examples.new_properties', 'rules') }} as merged,
        {{ differing_cells('examples.new_properties', 'examples.old_properties') }} as differing,
        {{ differing_cells('examples.new_properties', 'examples.new_properties') }} as not_differing,
        {{ read_properties('examples.new_properties', 'rules') }} as actually_read,
        {{ property_entries('examples.new_properties') }} as entries
    from examples
    cross join rules
)

select * from judged
where
    not is_change
    or is_change_by_same <> is_summed
    or merged <> if(is_summed, both_properties, new_properties)
    or differing <> new_properties
    or not_differing <> {{ pack_properties() }}
    or (is_summed and actually_read <> new_properties)
    or len(entries) <> 1
    or entries[1].key <> property
    or entries[1].value <> '2'
