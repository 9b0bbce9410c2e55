-- X6: the limits of a segment go before those of its feed; it may have none at all.
with

examples (own, expected) as (
    values
    (
        struct_pack(
            max_removed_share := 0.9,
            max_removed_count := 1,
            max_rejected_share := 0.9,
            min_members := 2,
            max_deviation := 0.9
        ),
        [0.9, 1, 0.9, 2, 0.9, 10]
    ),
    (null, [0.5, 20, 0.2, 1, 0.5, 10])
),

judged as (
    select
        expected,
        guard_of(
            struct_pack(
                judged_from := 10,
                max_removed_share := 0.5,
                max_removed_count := 20,
                max_rejected_share := 0.2,
                min_members := 1,
                max_deviation := 0.5
            ),
            own
        ) as guard
    from examples
)

select * from judged
where
    [
        guard.max_removed_share, guard.max_removed_count, guard.max_rejected_share, guard.min_members,
        guard.max_deviation, guard.judged_from
    ] <> expected
