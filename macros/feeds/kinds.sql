{#- What declared_feeds.sql says of the feeds; dbt knows no more of them when it parses. -#}

{#- The feeds whose files apply one of these kinds (`applies`). -#}
{% macro feeds_that_apply(kinds) -%}
    {%- set found = [] -%}
    {%- for feed, applies in feed_kinds().items() if applies in kinds -%}
        {%- do found.append(feed) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The kinds of feeds whose rows change properties. -#}
{% macro kinds_with_properties() -%}
    {{ return(['complete_list', 'profiles', 'import', 'groups']) }}
{%- endmacro %}

{#- The feeds whose rows change properties: those of these kinds, and those that are linked to one (B10). -#}
{% macro feeds_with_properties() -%}
    {{ return(feeds_that_apply(kinds_with_properties()) + linked_to(kinds_with_properties())) }}
{%- endmacro %}

{#- The feeds whose rows the models unite. -#}
{% macro declared_feeds() -%}
    {{ return(feed_kinds().keys() | reject('in', root_feeds()) | list) }}
{%- endmacro %}

{#- The feeds whose rows belong to rows of feeds of these kinds (B10). -#}
{% macro linked_to(kinds) -%}
    {%- set found = [] -%}
    {%- for feed, root in root_feeds().items() if feed_kinds()[root] in kinds -%}
        {%- do found.append(feed) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The feeds to whose rows those of linked feeds are joined as further rows about the same contact, or group (B10). -#}
{% macro roots_with_properties() -%}
    {%- set found = [] -%}
    {%- for feed in linked_to(kinds_with_properties()) -%}
        {%- do found.append(root_feeds()[feed]) -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{%- endmacro %}
