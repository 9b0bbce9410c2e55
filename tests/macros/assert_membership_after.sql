-- M2, M7, M8, O2: how a membership stands after an event; when and why its stay ends or another begins; its terms.
-- Moments are days; of a member the stay began on day 1, with line 9 of file 1, which log entry 1 applied, of feed `m`;
-- the event is line 7 of file 6, applied by log entry 5.
with

examples (
    scenario, is_member, expires_on, bag, last_on,
    kind, sent_on, feed, removes_only_own, on_reimport, new_expires_on, new_bag,
    stale, ended, has_begun, has_gone_on, expected_expires_on, expected_bag, expected_entered_on, expected_last_on
) as (
    values
    -- nobody before
    (
        'an UPDATE begins it', false, null, null, null, 'update', 2, 'm', false, 'reset', 9, 'b',
        false, null, true, false, 9, 'b', 2, 2
    ),
    (
        'an expiry in the past', false, null, null, null, 'update', 5, 'm', false, 'keep_longest', 3, null,
        false, null, true, false, 5, null, 5, 5
    ),
    (
        'a list begins it', false, null, null, 1, 'listed', 2, 'l', false, null, null, null,
        false, null, true, false, null, null, 2, 2
    ),
    (
        'a list gives no terms', false, null, null, 1, 'listed', 2, 'l', false, null, 9, 'b',
        false, null, true, false, null, null, 2, 2
    ),
    (
        'an addition begins it', false, null, null, 1, 'added', 2, 'l', false, null, null, null,
        false, null, true, false, null, null, 2, 2
    ),
    (
        'nobody is absent', false, null, null, 1, 'absent', 2, 'l', false, null, null, null,
        false, null, false, false, null, null, null, 2
    ),
    (
        'nobody is deleted', false, null, null, 1, 'delete', 2, 'm', false, null, null, null,
        false, null, false, false, null, null, null, 2
    ),
    (
        'too late for a DELETE', false, null, null, 3, 'update', 2, 'm', false, 'reset', 9, 'b',
        true, null, false, false, null, null, null, 3
    ),
    -- a member
    ('a list', true, 9, 'b', 1, 'listed', 2, 'l', false, null, null, null, false, null, false, true, 9, 'b', 1, 2),
    (
        'an addition is no event about a member', true, 9, 'b', 1, 'added', 2, 'l', false, null, null, null,
        false, null, false, true, 9, 'b', 1, 1
    ),
    (
        'absent', true, 9, 'b', 1, 'absent', 2, 'l', false, null, null, null,
        false, 'removed', false, false, null, null, null, 2
    ),
    (
        'absent of the own feed', true, 9, 'b', 1, 'absent', 2, 'm', true, null, null, null,
        false, 'removed', false, false, null, null, null, 2
    ),
    (
        'absent of another feed', true, 9, 'b', 1, 'absent', 2, 'l', true, null, null, null,
        false, null, false, true, 9, 'b', 1, 2
    ),
    (
        'a DELETE', true, 9, 'b', 1, 'delete', 2, 'm', false, 'reset', null, null,
        false, 'deleted', false, false, null, null, null, 2
    ),
    (
        'a DELETE at the time of the latest', true, 9, 'b', 2, 'delete', 2, 'm', false, 'reset', null, null,
        false, 'deleted', false, false, null, null, null, 2
    ),
    (
        'an UPDATE resets', true, 9, 'b', 1, 'update', 2, 'm', false, 'reset', 3, 'new',
        false, null, false, true, 3, 'new', 1, 2
    ),
    (
        'an UPDATE resets to never, and keeps the bag', true, 9, 'b', 1, 'update', 2, 'm', false, 'reset', null, null,
        false, null, false, true, null, 'b', 1, 2
    ),
    (
        'an UPDATE resets to the past', true, 9, 'b', 1, 'update', 5, 'm', false, 'reset', 3, null,
        false, null, false, true, 5, 'b', 1, 5
    ),
    (
        'the earlier of two', true, 9, 'b', 1, 'update', 2, 'm', false, 'keep_longest', 3, null,
        false, null, false, true, 9, 'b', 1, 2
    ),
    (
        'the later of two', true, 9, 'b', 1, 'update', 2, 'm', false, 'keep_longest', 20, null,
        false, null, false, true, 20, 'b', 1, 2
    ),
    (
        'never before', true, null, 'b', 1, 'update', 2, 'm', false, 'keep_longest', 20, null,
        false, null, false, true, null, 'b', 1, 2
    ),
    (
        'never from now on', true, 9, 'b', 1, 'update', 2, 'm', false, 'keep_longest', null, null,
        false, null, false, true, null, 'b', 1, 2
    ),
    -- whose time is over
    (
        'an UPDATE begins another', true, 2, 'b', 1, 'update', 2, 'm', false, 'keep_longest', 9, null,
        false, 'expired', true, false, 9, null, 2, 2
    ),
    (
        'a list begins another', true, 2, 'b', 1, 'listed', 3, 'l', false, null, null, null,
        false, 'expired', true, false, null, null, 3, 3
    ),
    (
        'an addition begins another', true, 2, 'b', 1, 'added', 3, 'l', false, null, null, null,
        false, 'expired', true, false, null, null, 3, 3
    ),
    (
        'absent after the expiry', true, 2, 'b', 1, 'absent', 3, 'l', false, null, null, null,
        false, 'expired', false, false, null, null, null, 3
    ),
    (
        'a DELETE after the expiry', true, 2, 'b', 1, 'delete', 3, 'm', false, null, null, null,
        false, 'expired', false, false, null, null, null, 3
    ),
    -- what comes too late
    (
        'a late UPDATE', true, 9, 'b', 3, 'update', 2, 'm', false, 'reset', 5, 'new',
        true, null, false, true, 9, 'b', 1, 3
    ),
    (
        'a late DELETE', true, 9, 'b', 3, 'delete', 2, 'm', false, null, null, null,
        true, null, false, true, 9, 'b', 1, 3
    ),
    (
        'late and absent', true, 9, 'b', 3, 'absent', 2, 'l', false, null, null, null,
        true, null, false, true, 9, 'b', 1, 3
    ),
    (
        'a late list finds no expiry', true, 2, 'b', 5, 'listed', 3, 'l', false, null, null, null,
        true, null, false, true, 2, 'b', 1, 5
    )
),

packed as (
    select
        *,
        struct_pack(
            is_member := is_member,
            entered_at := case when is_member then timestamp '2026-01-01' end,
            entry_log_id := case when is_member then cast(1 as bigint) end,
            entry_file_id := case when is_member then cast(1 as bigint) end,
            entry_line_number := case when is_member then cast(9 as bigint) end,
            entry_feed := case when is_member then 'm' end,
            expires_at := timestamp '2025-12-31' + to_days(expires_on),
            data_bag := bag,
            last_sent_at := timestamp '2025-12-31' + to_days(last_on)
        ) as standing,
        struct_pack(
            kind := kind,
            sent_at := timestamp '2025-12-31' + to_days(sent_on),
            feed := feed,
            removes_only_own := removes_only_own,
            on_reimport := on_reimport,
            expires_at := timestamp '2025-12-31' + to_days(new_expires_on),
            data_bag := new_bag,
            log_id := cast(5 as bigint),
            file_id := cast(6 as bigint),
            row_id := row_id(cast(6 as bigint), 7)
        ) as happened,
        struct_pack(
            is_member := expected_entered_on is not null,
            entered_at := timestamp '2025-12-31' + to_days(expected_entered_on),
            entry_log_id := case when has_begun then cast(5 as bigint) when has_gone_on then 1 end,
            entry_file_id := case when has_begun then cast(6 as bigint) when has_gone_on then 1 end,
            entry_line_number := case when has_begun then cast(7 as bigint) when has_gone_on then 9 end,
            entry_feed := case when has_begun then feed when has_gone_on then 'm' end,
            expires_at := timestamp '2025-12-31' + to_days(expected_expires_on),
            data_bag := expected_bag,
            last_sent_at := timestamp '2025-12-31' + to_days(expected_last_on)
        ) as expected
    from examples
),

judged as (
    select
        scenario,
        stale,
        ended,
        has_begun,
        has_gone_on,
        expected,
        is_stale(standing, happened) as actual_stale,
        ending(standing, happened) as actual_ended,
        begins(standing, happened) as actual_has_begun,
        goes_on(standing, happened) as actual_has_gone_on,
        expiry_after(standing, happened) as actual_expires_at,
        data_bag_after(standing, happened) as actual_bag,
        membership_after(standing, happened) as actual
    from packed
)

select * from judged
where
    (actual_stale is distinct from stale)
    or (actual_ended is distinct from ended)
    or (actual_has_begun is distinct from has_begun)
    or (actual_has_gone_on is distinct from has_gone_on)
    or (actual_expires_at is distinct from expected.expires_at)
    or (actual_bag is distinct from expected.data_bag)
    or (actual is distinct from expected)
