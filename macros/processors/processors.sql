{#-
    Ready-made data processors (B11): what staging models do to cells before they become properties. A cell is text, '' an empty one,
    null a column that was not sent, and so they stay unless it says otherwise.
-#}

{#- An e-mail address out of what people paste: `mailto:`, angle brackets and white space go, letters are small. -#}
{% macro cleansed_email(column) -%}
    case
        when regexp_matches({{ column }}, '[[:space:]\x{00A0}<>:]') then regexp_replace(
            regexp_replace(regexp_replace(lower({{ column }}), '[[:space:]\x{00A0}]', '', 'g'), '^[^<>]*<([^<>]*)>$', '\1'), '^mailto:', ''
        )
        else lower({{ column }})
    end
{%- endmacro %}

{#- The same value for every row. -#}
{% macro fixed_value(value) -%}
    cast({{ text_literal(value) }} as varchar)
{%- endmacro %}

{#- One value for another, as `conversions` maps them; other cells stay as they are, or become `otherwise`. -#}
{% macro converted_value(column, conversions, otherwise=none) -%}
    case {{ column }}
        {%- for old, new in conversions.items() %}
        when {{ text_literal(old) }} then {{ text_literal(new) }}
        {%- endfor %}
        when '' then ''
        {%- if otherwise is none %}
        else {{ column }}
        {%- else %}
        else case when {{ column }} is not null then {{ text_literal(otherwise) }} end
        {%- endif %}
    end
{%- endmacro %}

{#- The filled cells of several columns in one, with a separator between them; null if no column was sent. -#}
{% macro concatenated(columns, separator=' ') -%}
    case
        when coalesce({{ columns | join(', ') }}) is not null
            then concat_ws({{ text_literal(separator) }}{% for column in columns %}, nullif({{ column }}, ''){% endfor %})
    end
{%- endmacro %}

{#- The "current date": the day of the file's own time, YYYY-MM-DD, for no row depends on when it is read. -#}
{% macro current_date_of(sent_at) -%}
    cast(cast({{ sent_at }} as date) as varchar)
{%- endmacro %}

{#- A name as people write it: single spaces, every part with a capital first. -#}
{% macro normalised_name(column) -%}
    array_to_string(
        list_transform(
            regexp_extract_all(lower(trim(regexp_replace({{ column }}, '[[:space:]]+', ' ', 'g'))), '[ ''-]|[^ ''-]+'),
            lambda part: upper(part[1]) || substr(part, 2)
        ),
        ''
    )
{%- endmacro %}

{#- An empty cell for what only says that there is nothing: null, n/a, none, nan, -, \N and the like. -#}
{% macro without_null_data(column) -%}
    case when lower({{ column }}) in ('null', 'nil', 'none', 'n/a', 'na', 'nan', '#n/a', '-', '\n') then '' else {{ column }} end
{%- endmacro %}

{#- Filter: whether a cell matches a regular expression as a whole; for the branches of `filter_code`. -#}
{% macro regex_filter(column, pattern) -%}
    coalesce({{ matches(column, pattern) }}, false)
{%- endmacro %}

{#- Filter: whether a row comes after the first so many of its file. -#}
{% macro beyond_first_rows(count) -%}
    row_number() over (partition by _file_id order by _line_number) > {{ count }}
{%- endmacro %}

{#-
    A date as YYYY-MM-DD, from cells written in `date_format` (strptime's letters), or, if `automatic`, in ISO 8601 (B4). Null where
    a filled cell is no such date, or is written otherwise: 01.02.26 would be a day of the year 26.
-#}
{% macro normal_date(column, date_format='automatic') -%}
    case
        when {{ column }} = '' then ''
        {%- if date_format in (none, 'automatic') %}
        when {{ is_date(column) }} then {{ column }}
        when {{ is_timestamp_with_offset(column) }} then left({{ column }}, 10)
        {%- else %}
        {%- set format = text_literal(date_format) %}
        when lower(strftime(try_strptime({{ column }}, {{ format }}), {{ format }})) = lower({{ column }})
            then strftime(try_strptime({{ column }}, {{ format }}), '%Y-%m-%d')
        {%- endif %}
    end
{%- endmacro %}
