with

lists as (
    select * from {{ source('remarkety', 'lists') }}
),

-- Every row, its cells trimmed and its identifiers in their normal form; a phone of unknown shape is null there.
cleaned as (
    select
        _file_id,
        _line_number,
        _extra,
        {{ filled_cell('id') }} as id,
        {{ filled_cell('pos_id') }} as pos_id,
        {{ email_normal_form('email') }} as email,
        {{ filled_cell('sms_phone_number') }} as phone_as_sent,
        {{ international_phone_normal_form(filled_cell('sms_phone_number')) }} as phone,
        {{ cell('first_name') }} as first_name,
        {{ cell('last_name') }} as last_name,
        {{ cell('created_at') }} as created_at,
        {{ cell('opt_in_status') }} as opt_in_status,
        {{ cell('gender') }} as gender,
        {{ cell('extra_shopper_tags') }} as extra_shopper_tags,
        {{ cell('birthdate') }} as birthdate
    from lists
),

-- The first rule that a row breaks (R10, R11).
coded as (
    select
        *,
        case
            when coalesce(id, pos_id, email, phone_as_sent) is null then 'no_identifier'
            when email is not null and not {{ is_email('email') }} then 'invalid_email'
            when phone_as_sent is not null and phone is null then 'invalid_phone'
            when created_at <> '' and not {{ is_timestamp_with_offset('created_at') }} then 'invalid_created_at'
            when opt_in_status not in ('', '0', '1') then 'invalid_opt_in_status'
            when gender not in ('', 'male', 'female') then 'invalid_gender'
            when birthdate <> '' and not {{ is_date('birthdate') }} then 'invalid_birthdate'
        end as row_code
    from cleaned
),

final as (
    select
        _file_id,
        _line_number,
        cast(null as varchar) as segment_name,
        {{ first_identifier({'id': 'id', 'pos_id': 'pos_id', 'email': 'email', 'phone': 'phone'}) }},
        {{ pack_properties(
            provided={
                'first_name': 'first_name',
                'last_name': 'last_name',
                'created_at': 'created_at',
                'opt_in_status': 'opt_in_status',
                'gender': 'gender',
                'extra_shopper_tags': 'extra_shopper_tags',
                'birthdate': 'birthdate',
            },
            other=other_properties('_extra'),
        ) }} as properties,
        row_code,
        cast(null as varchar) as file_code,
        {{ no_command() }}
    from coded
)

select * from final
