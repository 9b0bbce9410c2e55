-- One row per row of this run in a feed that skips what is unchanged (B6), and whether it says what its contact's last
-- row said, which was read by the same rules, and nothing of it dropped (X10): then nothing of it has to be read.
-- `row_to_read`: the others.
{{ config(pre_hook="{{ set_run_size() }}") }}
{% for feed in declared_feeds() -%}
-- depends_on: {{ ref('stg_' ~ feed) }}
{% endfor %}
with

rules as (
    select * from {{ ref('int_merge_rules') }}
),

sent as (
    {{ rows_of_deliveries(feeds_with('unchanged_cells', 'skip')) }}
),

{{ state_of_run('sent', 'hashed') }},

final as (
    select
        sent.log_id,
        sent.segment_name,
        sent.row_hash,
        identifiers_before.contact_id as owner_id,
        last_rows_before.read_by,
        row_id(sent._file_id, sent._line_number) as row_id,
        segment_of_row(sent.segment_of_file, sent.tenant_id, sent.segment_name) as segment_id,
        last_rows_before.contact_id is not null as is_unchanged,
        case when last_rows_before.contact_id is null then row_id(sent._file_id, sent._line_number) end as row_to_read
    from sent
    inner join rules on sent.feed = rules.feed
    left join identifiers_before
        on
            sent.tenant_id = identifiers_before.tenant_id
            and sent.identifier_type = identifiers_before.identifier_type
            and sent.identifier_value = identifiers_before.identifier_value
    left join last_rows_before
        on
            case
                when coalesce(sent.file_code, sent.filter_code, sent.row_code) is null and sent.dropped_cells is null
                    then identifiers_before.contact_id
            end = last_rows_before.contact_id
            and sent.feed = last_rows_before.feed
            and sent.row_hash = last_rows_before.row_hash
            and rules.rules_version = last_rows_before.read_by
)

select * from final
