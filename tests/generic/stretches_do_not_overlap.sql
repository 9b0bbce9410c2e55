{#-
    The rows that begin before the row before them, of the same `key`, has ended. A row without an end must be the last.
-#}
{% test stretches_do_not_overlap(model, key, starts, ends) %}

with

stretches as (
    select
        {{ key | join(', ') }},
        {{ starts }} as starts,
        {{ ends }} as ends,
        lead({{ starts }}) over (partition by {{ key | join(', ') }} order by {{ starts }}, {{ ends }} nulls last) as next_starts
    from {{ model }}
)

select *
from stretches
where starts > ends or (next_starts is not null and (ends is null or ends > next_starts))

{% endtest %}
