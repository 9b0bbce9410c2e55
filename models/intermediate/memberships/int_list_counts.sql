-- One row per list that this run applies to a segment in place of the one before, with what it does (X6).
with

decided as (
    select decided_log_id as log_id from {{ ref('int_run') }}
),

lists as (
    select * from {{ this_run('segment_lists') }}
    where replaces and not is_superseded
),

listed as (
    select
        outcomes.log_id,
        outcomes.segment_id,
        count(*) filter (where outcomes.outcome = 'accepted') as listed_count,
        count(*) filter (where outcomes.code = 'identity_conflict') as conflict_count
    from {{ ref('int_rows__outcome') }} as outcomes
    inner join lists on outcomes.log_id = lists.log_id and outcomes.segment_id = lists.segment_id
    group by outcomes.log_id, outcomes.segment_id
),

added as (
    select
        spells.entry_log_id as log_id,
        spells.segment_id,
        count(*) as added_count
    from {{ ref('membership_spells') }} as spells
    inner join decided on spells.entry_log_id > decided.log_id
    group by spells.entry_log_id, spells.segment_id
),

removed as (
    select
        spells.exit_log_id as log_id,
        spells.segment_id,
        count(*) as removed_count
    from {{ ref('membership_spells') }} as spells
    inner join decided on spells.exit_log_id > decided.log_id
    where spells.exit_reason = 'removed'
    group by spells.exit_log_id, spells.segment_id
),

final as (
    select
        lists.log_id,
        lists.segment_id,
        lists.segment_name,
        lists.tenant_id,
        lists.feed,
        lists.last_file_id as file_id,
        cast(sent.valid_count + sent.invalid_count as bigint) as line_count,
        cast(sent.invalid_count + coalesce(listed.conflict_count, 0) as bigint) as rejected_count,
        coalesce(listed.listed_count, 0) as listed_count,
        coalesce(added.added_count, 0) as added_count,
        coalesce(removed.removed_count, 0) as removed_count
    from lists
    inner join {{ ref('int_delivery_segments') }} as sent
        on lists.log_id = sent.log_id and lists.segment_id = sent.segment_id
    left join listed on lists.log_id = listed.log_id and lists.segment_id = listed.segment_id
    left join added on lists.log_id = added.log_id and lists.segment_id = added.segment_id
    left join removed on lists.log_id = removed.log_id and lists.segment_id = removed.segment_id
)

select * from final
