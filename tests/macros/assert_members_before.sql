-- X6: the members that a list found: those that it removed, and those that it lists and did not add.
select members_before(struct_pack(removed_count := 3, listed_count := 5, added_count := 2)) as actual
where members_before(struct_pack(removed_count := 3, listed_count := 5, added_count := 2)) <> 6
