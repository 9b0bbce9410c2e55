-- One row per stay in a segment that this run begins, ends or gives other terms, of the touched memberships.
with

folded as (
    select * from {{ ref('int_memberships__folded') }}
),

-- A stay that began before this run is number 0, and only of interest if something happened to it.
terms as (
    select
        segment_id,
        contact_id,
        spell,
        arg_max(struct_pack(expires_at := expires_at, data_bag := data_bag), step) as last_terms,
        max(entry_log_id) as entry_log_id,
        max(entry_line_number) as entry_line_number
    from folded
    where is_member
    group by segment_id, contact_id, spell
),

begins as (
    select * from folded
    where begins
),

ends as (
    select
        *,
        spell - if(begins, 1, 0) as ended_spell
    from folded
    where ended is not null
),

final as (
    select
        terms.segment_id,
        terms.contact_id,
        terms.entry_log_id,
        terms.entry_line_number,
        begins.tenant_id,
        begins.sent_at as entered_at,
        begins.file_id as entry_file_id,
        ends.log_id as exit_log_id,
        ends.ended_at as exited_at,
        ends.ended as exit_reason,
        terms.last_terms.expires_at,
        terms.last_terms.data_bag,
        case when ends.ended <> 'expired' then ends.file_id end as exit_file_id
    from terms
    left join begins
        on
            terms.segment_id = begins.segment_id
            and terms.contact_id = begins.contact_id
            and terms.spell = begins.spell
    left join ends
        on
            terms.segment_id = ends.segment_id
            and terms.contact_id = ends.contact_id
            and terms.spell = ends.ended_spell
)

select * from final
