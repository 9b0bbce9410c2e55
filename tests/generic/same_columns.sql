{#-
    The places at which the columns of `model` and `other` differ by name or type: relations that are put together with
    `union all` must not.
-#}
{% test same_columns(model, other) %}

with

own as (
    select
        column_index,
        column_name,
        data_type
    from duckdb_columns()
    where schema_name = '{{ model.schema }}' and table_name = '{{ model.identifier }}'
),

others as (
    select
        column_index,
        column_name,
        data_type
    from duckdb_columns()
    where schema_name = '{{ other.schema }}' and table_name = '{{ other.identifier }}'
)

select
    own.column_name,
    own.data_type,
    others.column_name as other_column_name,
    others.data_type as other_data_type
from own
full join others on own.column_index = others.column_index
where
    (own.column_name is distinct from others.column_name)
    or (own.data_type is distinct from others.data_type)

{% endtest %}
