-- X6: what a list may do before it is held. Shares count from 10 lines or members on; a segment's limits go before its
-- feed's. `usual`: the size of the lists before it.
with

examples (lines, rejected, removed, listed, added, usual, own_share, expected) as (
    values
    (10, 2, 0, 8, 8, null, null, null),
    (10, 3, 0, 7, 7, null, null, 'too_many_rejected'),
    (9, 9, 0, 0, 0, null, null, 'no_accepted_row'),
    (1, 0, 0, 0, 0, null, 1.0, 'no_accepted_row'),
    (0, 0, 0, 0, 0, null, null, 'too_few_members'),
    (10, 0, 5, 10, 5, 10, null, null),
    (10, 0, 6, 9, 5, 10, null, 'too_many_removed'),
    (10, 0, 6, 9, 6, 10, null, null),
    (10, 0, 6, 9, 5, 10, 0.9, null),
    (10, 0, 1, 10, 0, 10, 0.0, 'too_many_removed'),
    (30, 0, 21, 30, 0, 30, null, 'too_many_removed'),
    (3, 0, 0, 2, 2, 6, null, 'unlike_the_last'),
    (9, 0, 0, 9, 3, 6, null, null),
    (10, 0, 0, 10, 3, 6, null, 'unlike_the_last')
),

judged as (
    select
        *,
        broken_limit(
            guard_of(
                struct_pack(
                    judged_from := 10,
                    max_removed_share := 0.5,
                    max_removed_count := 20,
                    max_rejected_share := 0.2,
                    min_members := 1,
                    max_deviation := 0.5
                ),
                struct_pack(
                    max_removed_share := own_share,
                    max_removed_count := cast(null as bigint),
                    max_rejected_share := cast(null as double),
                    min_members := cast(null as bigint),
                    max_deviation := cast(null as double)
                )
            ),
            struct_pack(
                line_count := lines,
                rejected_count := rejected,
                removed_count := removed,
                listed_count := listed,
                added_count := added
            ),
            usual
        ) as actual
    from examples
)

select * from judged
where actual is distinct from expected
