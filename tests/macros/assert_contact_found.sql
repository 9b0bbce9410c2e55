-- X3, B7: whom a row finds by the least and the greatest owner of its identifiers, whom it creates, and when it is in
-- conflict.
with

examples (least_owner_id, greatest_owner_id, creates_contacts, expected, conflict) as (
    values
    (7, 7, true, 7, false),
    (7, 7, false, 7, false),
    (7, 8, true, null, true),
    (7, 8, false, null, true),
    (null, null, true, 99, false),
    (null, null, false, null, false),
    (null, null, null, null, false)
),

judged as (
    select
        *,
        contact_found(least_owner_id, greatest_owner_id, creates_contacts, 99) as actual,
        owners_conflict(least_owner_id, greatest_owner_id) as actual_conflict
    from examples
)

select * from judged
where (actual is distinct from expected) or (actual_conflict is distinct from conflict)
