{#- Written by `muster feeds sync` and `muster build` from models/landing/ and seeds/, for dbt, when it parses. -#}

{#- The feeds whose rows the models unite: each has a source table, and a staging model stg_<feed>. -#}
{% macro declared_feeds() -%}
    {{ return([
        'attentive__segments',
        'attentive__subscribers',
        'blueconic__companies',
        'blueconic__orders',
        'blueconic__profiles',
        'mediarithmics__user_segments',
        'optipub__imports',
        'remarkety__lists',
    ]) }}
{%- endmacro %}

{#- The feeds whose rows belong to rows of other feeds (B10). -#}
{% macro linked_feeds() -%}
    {{ return([
        'blueconic__order_lines',
    ]) }}
{%- endmacro %}

{#- The seeds with merge rules: the project's own, and those that come with a partner. -#}
{% macro merge_rule_seeds() -%}
    {{ return([
        'merge_rules',
        'blueconic__merge_rules',
    ]) }}
{%- endmacro %}
