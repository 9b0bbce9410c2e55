-- One row per accepted command of this run (M2).
with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome = 'accepted' and contact_id is not null
),

sent as (
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from ({{ command_rows() }})
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
    where applies = 'commands'
),

final as (
    select
        outcomes.log_id,
        outcomes.row_id,
        deliveries.tenant_id,
        deliveries.feed,
        deliveries.sent_at,
        outcomes.segment_id,
        sent.segment_name,
        outcomes.contact_id,
        feeds.on_reimport,
        sent.command.expires_at,
        sent.command.data_bag,
        lower(sent.command.operation) as kind
    from outcomes
    inner join sent on outcomes.log_id = sent.log_id and outcomes.row_id = sent.row_id
    inner join deliveries on outcomes.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
)

select * from final
