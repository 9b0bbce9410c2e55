-- Packed properties have one type, whatever is said of them: one field per declared property, in their order, and the
-- map of the others.
with

packed as (
    select
        {{ pack_properties() }} as without_values,
        {{ pack_properties({'gender': "'f'"}, "map {'a': '1'}") }} as with_some,
        {{ pack_properties({'gender': 'null'}, 'null') }} as with_nulls,
        {{ pack_properties({'loyalty_points': '5'}) }} as a_number,
        cast(null as {{ properties_type() }}) as of_that_type
)

select * from packed
where
    typeof(without_values) <> typeof(of_that_type)
    or typeof(with_some) <> typeof(of_that_type)
    or typeof(with_nulls) <> typeof(of_that_type)
    or typeof(a_number) <> typeof(of_that_type)
    or without_values <> with_nulls
    or with_some.gender <> 'f'
    or with_some.other['a'] <> '1'
    or a_number.loyalty_points <> '5'
    or cast(without_values as {{ properties_type() }}) <> without_values
