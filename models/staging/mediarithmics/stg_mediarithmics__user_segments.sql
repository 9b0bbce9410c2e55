{%- set identifiers = {
    'user_account_id': 'user_account_id', 'email_hash': 'email_hash', 'user_agent_id': 'user_agent_id'
} -%}
{%- set placeholders = feed_setting('mediarithmics', 'user_segments', 'placeholders') -%}

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
        {{ identifier_cells('commands', identifiers) }},
        filled_text(commands.compartment_id) as compartment_id,
        nfc_normalize(filled_text(commands.segment_id)) as partner_segment_id,
        nfc_normalize(filled_text(commands.segment_technical_name)) as technical_name,
        filled_cell(commands.expiration_duration) as expiration_duration,
        filled_cell(commands.expiration_ts) as expiration_ts,
        filled_cell(commands.data_bag) as data_bag
    from commands
    inner join files on commands._file_id = files.file_id
),

-- Names that say something, its identifiers in their normal form, and how many cells name somebody: a placeholder names
-- nobody (X3).
normalised as (
    select
        * replace (
            said_name(without_zero_fraction(compartment_id)) as compartment_id,
            said_name(without_zero_fraction(partner_segment_id)) as partner_segment_id,
            said_name(technical_name) as technical_name
        ),
        {{ normal_forms(identifiers, placeholders) }},
        {% for column in identifiers.values() -%}
        if({{ column }}_as_sent is null or {{ placeholder(column ~ '_as_sent', placeholders) }}, 0, 1)
        {%- if not loop.last %} + {% endif %}
        {%- endfor %} as identifier_count
    from cleaned
),

-- The segment by its name (M4), and the identifier: an account is scoped by its compartment (M3). What an id means that
-- the registry does not know, the commands before say.
named as (
    select
        normalised.*,
        coalesce(normalised.technical_name, registry.segment_name, normalised.partner_segment_id) as segment_name,
        coalesce(normalised.technical_name <> registry.segment_name, false) as is_disagreeing,
        registry.segment_name is not null as is_registered,
        scoped_account(normalised.compartment_id, normalised.user_account_id) as scoped_account_id
    from normalised
    left join registry
        on
            normalised.tenant_id = registry.tenant_id
            and normalised.partner_segment_id = registry.partner_segment_id
),

-- The first rule that a row breaks.
coded as (
    select
        *,
        case
            when verb is null or verb not in ('UPDATE', 'DELETE') then 'invalid_operation'
            when identifier_count = 0 then 'no_identifier'
            when identifier_count > 1 then 'several_identifiers'
            when coalesce(user_account_id, email_hash, user_agent_id) is null then 'invalid_id'
            when segment_name is null then 'no_segment'
            when is_disagreeing then 'segment_mismatch'
            when verb = 'UPDATE' and expiration_duration is null then 'no_expiration'
            when verb = 'UPDATE' and not (is_minutes(expiration_duration) and is_epoch(expiration_ts))
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
        {{ first_identifier(dict(identifiers, user_account_id='scoped_account_id')) }},
        {{ dropped_identifiers(identifiers, placeholders) }} as dropped_cells,
        row_code,
        struct_pack(
            operation := verb,
            expires_at := case when verb = 'UPDATE' then expiry(sent_at, expiration_duration, expiration_ts) end,
            data_bag := data_bag,
            partner_segment_id := case when not is_registered then partner_segment_id end,
            is_named := technical_name is not null
        ) as command
    from coded
)

select * from final
