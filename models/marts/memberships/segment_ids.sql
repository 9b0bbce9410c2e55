{{ config(incremental_strategy='append') }}

-- An id by which a command names a segment for the first time together with its name, is that name's from the next line
-- on (M4): ids that the registry has are not learnt.
with

sent as (
    {{ rows_of_run(['commands']) }}
),

files as (
    select * from {{ ref('int_delivery_files') }}
),

feeds as (
    select * from {{ ref('stg_muster__feeds') }}
),

known_before as (
    select * from {{ state_before('segment_ids') }}
),

-- Files that have no effect, by what is known before their rows are.
without_effect as (
    select log_id from {{ ref('int_deliveries') }}
    where not is_complete
    union all
    select log_id from files
    where refusal_code is not null or is_ahead
    union all
    select files.log_id
    from sent
    inner join files on sent._file_id = files.file_id
    where sent.file_code is not null
),

final as (
    select
        files.tenant_id,
        sent.command.partner_segment_id,
        arg_min(sent.segment_name, (files.log_id, sent.row_id)) as segment_name,
        min(files.log_id) as log_id,
        arg_min(sent.row_id, (files.log_id, sent.row_id)) as row_id
    from sent
    inner join files on sent._file_id = files.file_id
    inner join feeds on files.feed = feeds.feed
    anti join known_before
        on
            files.tenant_id = known_before.tenant_id
            and sent.command.partner_segment_id = known_before.partner_segment_id
    where
        sent.command.partner_segment_id is not null
        and sent.command.is_named
        and sent.row_code is null
        and not (feeds.rejects_invalid_cells and first_invalid(sent.dropped_cells) is not null)
        and files.log_id not in (select without_effect.log_id from without_effect)
    group by files.tenant_id, sent.command.partner_segment_id
)

select * from final
