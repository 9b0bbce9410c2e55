{%- set date_format = text_literal(dialect_setting('blueconic', 'profiles', 'date_format') or 'automatic') -%}

with

profiles as (
    select * from {{ source('blueconic', 'profiles') }}
),

-- The data processors (B11), before anything is looked at.
processed as (
    select
        _file_id,
        _line_number,
        _extra,
        hash(
            customer_id, email, phone, first_name, last_name, birthdate, gender, created_at, opt_in_status,
            loyalty_points, interests, _extra
        ) as row_hash,
        filled_cell(customer_id) as customer_id,
        nullif(cleansed_email(cell(email)), '') as email,
        filled_cell(phone) as phone_as_sent,
        normalised_name(cell(first_name)) as first_name,
        normalised_name(cell(last_name)) as last_name,
        cell(birthdate) as birthdate_as_sent,
        cell(gender) as gender,
        cell(created_at) as created_at,
        cell(opt_in_status) as opt_in_status,
        cell(loyalty_points) as loyalty_points,
        cell(interests) as interests
    from profiles
),

-- Identifiers and dates in their normal forms; null where there is none (B4).
shaped as (
    select
        *,
        international_phone_normal_form(phone_as_sent) as phone,
        normal_date(birthdate_as_sent, {{ date_format }}) as birthdate
    from processed
),

coded as (
    select
        *,
        case
            when coalesce(customer_id, email, phone_as_sent) is null then 'no_identifier'
            when regex_filter(email, '.*@example[.]invalid') then 'test_address'
        end as filter_code,
        case
            when email is not null and not is_email(email) then 'invalid_email'
            when phone_as_sent is not null and phone is null then 'invalid_phone'
            when birthdate_as_sent is not null and birthdate is null then 'invalid_birthdate'
            {{ invalid_known_property(of=['created_at', 'opt_in_status', 'gender']) }}
        end as row_code
    from shaped
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier({'id': 'customer_id', 'email': 'email', 'phone': 'phone'}) }},
        {{ pack_properties(
            provided={
                'first_name': 'first_name', 'last_name': 'last_name', 'birthdate': 'birthdate', 'gender': 'gender',
                'created_at': 'created_at', 'opt_in_status': 'opt_in_status', 'loyalty_points': 'loyalty_points',
                'interests': 'interests'
            },
            other='other_columns(_extra, [])'
        ) }} as properties,
        row_code,
        filter_code,
        row_hash
    from coded
)

select * from final
