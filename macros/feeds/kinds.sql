{#- What feed_kinds() (declared_feeds.sql) says of the feeds; dbt knows no more of them when it parses. -#}

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

{#- The feeds whose rows the models unite. -#}
{% macro declared_feeds() -%}
    {{ return(feed_kinds().keys() | reject('in', linked_feeds()) | list) }}
{%- endmacro %}

{#- The feeds whose rows belong to rows of other feeds (B10). -#}
{% macro linked_feeds() -%}
    {{ return(feeds_that_apply(['linked'])) }}
{%- endmacro %}
