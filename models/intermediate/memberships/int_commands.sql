-- One row per accepted command of this run (M2).
with

outcomes as (
    select * from {{ ref('int_rows__outcome') }}
    where outcome = 'accepted' and contact_id is not null
),

sent as (
    {%- call(staged) rows_of_feeds({'row_id': 'bigint'}, feeds_that_apply(['commands'])) %}
    select
        *,
        row_id(_file_id, _line_number) as row_id
    from {{ staged }}
    where _file_id in (select files.file_id from {{ ref('int_delivery_files') }} as files)
    {%- endcall %}
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
    inner join sent on outcomes.row_id = sent.row_id
    inner join deliveries on outcomes.log_id = deliveries.log_id
    inner join feeds on deliveries.feed = feeds.feed
)

select * from final
