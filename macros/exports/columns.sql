{#- Columns of exports (B16): of a query whose contact is `contacts.contact_id`. -#}

{#- The identifier of this type that the contact was given last. -#}
{% macro identifier_of(type) -%}
(
    select max(struct_pack(log_id := known.log_id, value := known.identifier_value)).value
    from {{ ref('contact_identifiers') }} as known
    where known.contact_id = contacts.contact_id and known.identifier_type = '{{ type }}'
)
{%- endmacro %}

{#- A property, be it declared or not. -#}
{% macro property_of(name) -%}
{{ 'contacts.' ~ name if name in var('contact_properties') else "contacts.other_properties['" ~ name ~ "']" }}
{%- endmacro %}

{#- All declared properties, each under its name behind the prefix. -#}
{% macro properties_with(prefix='') -%}
{%- for name in var('contact_properties') %}
contacts.{{ name }} as {{ prefix }}{{ name }}{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{#- The segments that the contact is in now, as a list: all, or those named; by name, or by the partner's id. -#}
{% macro segments_of(names=none, as='name') -%}
(
    select
        list_sort(list(distinct {{ 'known.segment_name' if as == 'name' else 'ids.partner_segment_id' }}))
    from {{ ref('memberships') }} as known
    {%- if as != 'name' %}
    inner join {{ ref('segment_registry') }} as ids
        on known.tenant_id = ids.tenant_id and known.segment_name = ids.segment_name
    {%- endif %}
    where known.contact_id = contacts.contact_id
    {%- if names %} and known.segment_name in ({{ quoted(names) }}){% endif %}
)
{%- endmacro %}

{#- The stage of a lifecycle that the contact is in now (B18). -#}
{% macro stage_of(lifecycle) -%}
(
    select known.stage_name from {{ ref('lifecycle_stages') }} as known
    where known.contact_id = contacts.contact_id and known.lifecycle = {{ text_literal(lifecycle) }}
)
{%- endmacro %}

{#- A property of all events of a type that the contact has, as a list in the order of their times. -#}
{% macro events_of(type, property) -%}
(
    select list(known.properties['{{ property }}'] order by known.occurred_at, known.event_id)
    from {{ ref('timeline_events') }} as known
    where known.contact_id = contacts.contact_id and known.event_type = {{ text_literal(type) }}
)
{%- endmacro %}
