{#- What a row commands (M): the operation, the moment at which the membership expires (null: never), its data bag. -#}
{% macro pack_command(operation, expires_at, data_bag) -%}
    struct_pack(operation := {{ operation }}, expires_at := {{ expires_at }}, data_bag := {{ data_bag }})
{%- endmacro %}

{#- For feeds whose rows command nothing. -#}
{% macro no_command() -%}
    cast(null as struct(operation varchar, expires_at timestamp, data_bag varchar)) as command
{%- endmacro %}

{#- Whether a text, if there is one, is a number of minutes (M5). -#}
{% macro is_minutes(column) -%}
    ({{ column }} is null or {{ matches(column, '[0-9]{1,9}') }})
{%- endmacro %}

{#- Whether a text, if there is one, is a time in seconds or milliseconds since 1970, before the year 10000 (M6). -#}
{% macro is_epoch(column) -%}
    ({{ column }} is null or ({{ matches(column, '[0-9]{1,15}') }} and try_cast({{ column }} as bigint) <= 253402300799999))
{%- endmacro %}

{#- When a membership expires: at the time given, if any, or so many minutes after the file's; 0: never (M5, M6). -#}
{% macro expiry(sent_at, minutes, epoch) -%}
    case
        when {{ epoch }} is not null then {{ moment_of_epoch('try_cast(' ~ epoch ~ ' as bigint)') }}
        else {{ moment_after(sent_at, 'nullif(try_cast(' ~ minutes ~ ' as bigint), 0)') }}
    end
{%- endmacro %}
