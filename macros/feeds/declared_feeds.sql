{#- Written by `muster feeds sync`, and by all commands that build, from models/landing/: dbt has to know the feeds when it parses. -#}

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
