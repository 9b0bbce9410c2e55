{%- set identifiers = {'id': 'customer_id', 'email': 'email', 'phone': 'phone'} -%}
{%- set placeholders = feed_setting('blueconic', 'profiles', 'placeholders') -%}
{%- set default_country = dialect_setting('blueconic', 'profiles', 'default_country') -%}

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
        filled_text(customer_id) as customer_id_as_sent,
        nullif(cleansed_email(email), '') as email_as_sent,
        filled_text(phone) as phone_as_sent,
        normalised_name(cell(first_name)) as first_name,
        normalised_name(cell(last_name)) as last_name,
        cell(birthdate) as birthdate,
        cell(gender) as gender,
        cell(created_at) as created_at,
        cell(opt_in_status) as opt_in_status,
        cell(loyalty_points) as loyalty_points,
        cell(interests) as interests
    from profiles
),

-- Identifiers in their normal forms.
normalised as (
    select
        *,
        {{ normal_forms(identifiers, placeholders, country=default_country) }}
    from processed
),

-- Who names nobody is left out (B7), and so are test addresses.
filtered as (
    select
        *,
        {{ identifier_code(identifiers, placeholders) }} as identifier_code,
        case
            when identifier_code = 'no_identifier' then 'no_identifier'
            when regex_filter(email, '.*@example[.]invalid') then 'test_address'
        end as filter_code
    from normalised
),

final as (
    select
        _file_id,
        _line_number,
        {{ first_identifier(identifiers) }},
        {{ dropped_identifiers(identifiers, placeholders) }} as dropped_cells,
        {{ pack_properties(
            provided={
                'first_name': 'first_name', 'last_name': 'last_name', 'birthdate': 'birthdate', 'gender': 'gender',
                'created_at': 'created_at', 'opt_in_status': 'opt_in_status', 'loyalty_points': 'loyalty_points',
                'interests': 'interests'
            },
            other='other_columns(_extra, [])'
        ) }} as properties,
        nullif(identifier_code, 'no_identifier') as row_code,
        filter_code,
        {{ link_key(['customer_id']) }},
        row_hash
    from filtered
)

select * from final
