with

commands as (
    select * from {{ source('mediarithmics', 'user_segments') }}
),

files as (
    select * from {{ ref('stg_muster__files') }}
),

registry as (
    select * from {{ ref('segment_registry') }}
),

cleaned as (
    select
        commands._file_id,
        commands._line_number,
        files.tenant_id,
        files.sent_at,
        filled_cell(commands.operation) as verb,
        filled_cell(commands.user_account_id) as user_account_id,
        filled_cell(commands.compartment_id) as compartment_id,
        lower(filled_cell(commands.email_hash)) as email_hash,
        filled_cell(commands.user_agent_id) as user_agent_id,
        filled_cell(commands.segment_id) as partner_segment_id,
        filled_cell(commands.segment_technical_name) as technical_name,
        filled_cell(commands.expiration_duration) as expiration_duration,
        filled_cell(commands.expiration_ts) as expiration_ts,
        filled_cell(commands.data_bag) as data_bag
    from commands
    inner join files on commands._file_id = files.file_id
),

-- The segment by its name (M4), and the identifier: an account is scoped by its compartment (M3).
named as (
    select
        cleaned.*,
        coalesce(cleaned.technical_name, registry.segment_name, cleaned.partner_segment_id) as segment_name,
        coalesce(cleaned.technical_name <> registry.segment_name, true) as is_disagreeing,
        coalesce(cleaned.compartment_id, '') || ':' || cleaned.user_account_id as scoped_account_id
    from cleaned
    left join registry
        on cleaned.tenant_id = registry.tenant_id and cleaned.partner_segment_id = registry.partner_segment_id
),

-- The first rule that a row breaks.
coded as (
    select
        *,
        case
            when verb is null or verb not in ('UPDATE', 'DELETE') then 'invalid_operation'
            when coalesce(user_account_id, email_hash, user_agent_id) is null then 'no_identifier'
            when
                if(user_account_id is null, 0, 1) + if(email_hash is null, 0, 1) + if(user_agent_id is null, 0, 1) > 1
                then 'several_identifiers'
            when compartment_id is not null and not matches(compartment_id, '[0-9]+')
                then 'invalid_compartment'
            when segment_name is null then 'no_segment'
            when partner_segment_id is not null and technical_name is not null and is_disagreeing
                then 'segment_mismatch'
            when verb = 'UPDATE' and expiration_duration is null then 'no_expiration'
            when not is_minutes(expiration_duration) or not is_epoch(expiration_ts)
                then 'invalid_expiration'
            when data_bag is not null and not is_json(data_bag) then 'invalid_data_bag'
        end as row_code
    from named
),

final as (
    select
        _file_id,
        _line_number,
        segment_name,
        {{ first_identifier({
            'user_account_id': 'scoped_account_id', 'email_hash': 'email_hash', 'user_agent_id': 'user_agent_id'
        }) }},
        row_code,
        struct_pack(
            operation := verb,
            expires_at := expiry(sent_at, expiration_duration, expiration_ts),
            data_bag := data_bag
        ) as command
    from coded
)

select * from final
