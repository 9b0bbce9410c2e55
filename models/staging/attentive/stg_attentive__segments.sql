{%- set identifier_type = feed_setting('attentive', 'segments', 'identifier_type') or 'phone' -%}
{%- set header_words = [
    'phone', 'phonenumber', 'mobile', 'mobilephone', 'mobilenumber', 'mobilephonenumber', 'cellphone', 'telephone',
    'telephonenumber', 'email', 'emailaddress', 'mail', 'mailaddress', 'identifier'
] -%}

with

segments as (
    select * from {{ source('attentive', 'segments') }}
),

-- Every row, its cells trimmed (A1).
cleaned as (
    select
        _file_id,
        _line_number,
        filled_text(identifier) as identifier,
        filled_cell(segment_name) as segment_name
    from segments
),

-- What the identifier is by its shape alone (A3, A4), in its normal form.
shaped as (
    select
        *,
        {{ normal_form_of('phone', 'identifier', phones='a4') }} as phone,
        {{ normal_form_of('email', 'identifier') }} as email,
        case
            when phone is not null then 'phone'
            when email is not null then 'email'
        end as identifier_type
    from cleaned
),

-- Whether it is the header that there should not be: a first line that names its columns (A10).
named as (
    select
        *,
        coalesce(_line_number = 1 and identifier_type is null and (
            list_contains({{ header_words }}, translate(lower(identifier), ' _-', ''))
            or (
                not regexp_matches(identifier, '[0-9@]')
                and list_contains(['segment', 'segments', 'segmentname'], translate(lower(segment_name), ' _-', ''))
            )
        ), false) as is_header
    from shaped
),

-- The first rule that a row breaks, and whether it spoils the whole file.
coded as (
    select
        *,
        case
            when identifier is null then 'no_identifier'
            when identifier_type <> '{{ identifier_type }}' then 'mixed_identifiers'
            when is_header then 'looks_like_header'
            when identifier_type is null then 'invalid_{{ identifier_type }}'
            when segment_name is null then 'no_segment'
            when length(segment_name) > 64 then 'segment_name_too_long'
            when not matches(segment_name, '[A-Za-z0-9 _-]+') then 'invalid_segment_name'
        end as row_code,
        case when row_code = 'mixed_identifiers' then row_code end as file_code
    from named
),

final as (
    select
        _file_id,
        _line_number,
        row_code,
        file_code,
        case
            when matches(segment_name, '[A-Za-z0-9 _-]{1,64}') and not is_header then segment_name
        end as segment_name,
        case when row_code is null then identifier_type end as identifier_type,
        case when row_code is null then coalesce(phone, email) end as identifier_value
    from coded
)

select * from final
