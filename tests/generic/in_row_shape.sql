{#-
    The columns of a staging model that the shape of rows (macros/canonical/row_shape.sql) does not know, or knows by another type: what
    no model would read, or would read as something else.
-#}
{% test in_row_shape(model) %}

with

shape (column_name, data_type) as (
    values {% for name, type in canonical_columns().items() %}
    ('{{ name }}', typeof(cast(null as {{ type }}))){{ ',' if not loop.last }}
    {%- endfor %}
)

select
    own.column_name,
    own.data_type,
    shape.data_type as expected_data_type
from duckdb_columns() as own
left join shape on own.column_name = shape.column_name
where
    own.schema_name = '{{ model.schema }}'
    and own.table_name = '{{ model.identifier }}'
    and (own.data_type is distinct from shape.data_type)

{% endtest %}
