{#- Written by `muster feeds sync` and `muster build` from models/landing/ and seeds/, for dbt, when it parses. -#}

{#- The feeds, each with a source table and a staging model stg_<feed>, and what their files apply. -#}
{% macro feed_kinds() -%}
    {{ return({
        'attentive__segments': 'complete_list',
        'attentive__subscribers': 'profiles',
        'blueconic__companies': 'groups',
        'blueconic__order_lines': 'linked',
        'blueconic__orders': 'events',
        'blueconic__profiles': 'profiles',
        'mediarithmics__user_segments': 'commands',
        'optipub__imports': 'import',
        'remarkety__lists': 'complete_list',
    }) }}
{%- endmacro %}

{#- Of the linked feeds, to which feed's rows theirs belong (B10). -#}
{% macro root_feeds() -%}
    {{ return({
        'blueconic__order_lines': 'blueconic__orders',
    }) }}
{%- endmacro %}

{#- The seeds with merge rules: the project's own, and those that come with a partner. -#}
{% macro merge_rule_seeds() -%}
    {{ return([
        'merge_rules',
        'blueconic__merge_rules',
    ]) }}
{%- endmacro %}
