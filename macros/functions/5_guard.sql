-- What a list may do before it is held (X6; docs/semantics.md, 7).

-- The limits of a segment: its own (seeds/segment_limits.csv) before those of the feed.
create or replace macro guard_of(of_feed, of_segment) as
struct_pack(
    judged_from := of_feed.judged_from,
    max_removed_share := coalesce(of_segment.max_removed_share, of_feed.max_removed_share),
    max_removed_count := coalesce(of_segment.max_removed_count, of_feed.max_removed_count),
    max_rejected_share := coalesce(of_segment.max_rejected_share, of_feed.max_rejected_share),
    min_members := coalesce(of_segment.min_members, of_feed.min_members),
    max_deviation := coalesce(of_segment.max_deviation, of_feed.max_deviation)
);

-- How many members the segment had that the list may remove.
create or replace macro members_before(counts) as counts.removed_count + counts.listed_count - counts.added_count;

-- The code of the first limit that a list breaks, or null; one that has lines and lists nobody breaks one that is never
-- off (X5). `usual`: how many its predecessors listed, null if there are
-- none. Shares of small numbers say nothing: they count from `judged_from` lines, or members, on.
create or replace macro broken_limit(guard, counts, usual) as
case
    when counts.line_count > 0 and counts.listed_count = 0 then 'no_accepted_row'
    when
        counts.line_count >= guard.judged_from
        and counts.rejected_count > guard.max_rejected_share * counts.line_count
        then 'too_many_rejected'
    when
        members_before(counts) >= guard.judged_from
        and counts.removed_count > guard.max_removed_share * members_before(counts)
        then 'too_many_removed'
    when counts.removed_count > guard.max_removed_count then 'too_many_removed'
    when counts.listed_count < guard.min_members then 'too_few_members'
    when abs(counts.listed_count - usual) > guard.max_deviation * usual then 'unlike_the_last'
end;
